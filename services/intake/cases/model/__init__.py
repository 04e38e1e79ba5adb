"""The rules of cases: where one can go, what decides a verification, how urgent it is, where a person stands."""
