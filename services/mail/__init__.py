"""Mail: composing and checking it, the outbox, the thread that sends it, and the texts that go with documents."""
