"""Server and worker together on this machine: what the demo and the page share."""
