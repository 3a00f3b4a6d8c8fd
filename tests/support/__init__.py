"""What tests share: databases, a client that reads pages, records to begin with."""
