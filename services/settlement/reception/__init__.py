"""Reception: a group is handed over by who brought it to who receives it, and looked after for six weeks."""
