"""What every Gunicorn is told by a file: versions that do not know a setting pass it over here, but refuse an option."""

control_socket_disable = True
