"""deploybench: which server should my Python web app run on, and did this change make it slower?"""

__version__ = "0.1.0"
