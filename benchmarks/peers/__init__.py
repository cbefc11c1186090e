"""Those who train the same networks: one a file, nnlab among them, each as its own users would write it well."""
