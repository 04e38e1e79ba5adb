"""What testimony is, without any storage."""
