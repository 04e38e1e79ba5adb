"""`make bench`: every benchmark, one after the other."""

from tests.bench import audit, duplicates, front_door, messaging, queue, surge

if __name__ == "__main__":
    messaging.main()
    audit.main()
    duplicates.main()
    surge.main()
    queue.main()
    front_door.main()
