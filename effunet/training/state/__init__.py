"""What a run keeps, where it stands, and how it stops and goes on."""
