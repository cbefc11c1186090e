"""A network that answers over HTTP: what is asked (`asking`), the application (`app`), how it listens (`server`)."""
