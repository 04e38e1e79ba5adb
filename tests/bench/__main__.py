"""`make bench`: every benchmark, one after the other."""

from tests.bench import messaging

if __name__ == "__main__":
    messaging.main()
