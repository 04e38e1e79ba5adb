"""Messages: alerts to staff when silence becomes alarming."""
