"""`make bench`: every benchmark, one after the other."""

from tests.bench import audit, duplicates, front_door, http, idle, messaging, queue, surge

if __name__ == "__main__":
    messaging.main()
    idle.main()
    http.main()
    audit.main()
    duplicates.main()
    surge.main()
    queue.main()
    front_door.main()
