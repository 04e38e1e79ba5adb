"""The house holds its own rules: rooms, door plates, imports, one service alone. Who imports whom: `.importlinter`."""
