"""What can be done with threads: letters carried to and from the front door, read and answered by staff."""
