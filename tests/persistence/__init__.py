"""What is kept, on both databases: histories of tables, outbox, inbox, timers, answers, and commits that are shared."""
