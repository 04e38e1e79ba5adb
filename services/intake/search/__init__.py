"""Search: who is found by a name, a phone number, a handle or a code name, among what one may see anyway."""
