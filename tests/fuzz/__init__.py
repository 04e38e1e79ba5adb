"""What nobody thought of: made-up requests, messages, sealed parts and tokens, the same in every run."""
