"""What mod_wsgi loads."""

from pkgutil import resolve_name

application = resolve_name("@app@")
