"""What an installation must never show, looked for where a thief would look."""
