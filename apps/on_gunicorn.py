"""What every Gunicorn is told by a file: older versions pass over a setting here that they refuse as an option."""

control_socket_disable = True
