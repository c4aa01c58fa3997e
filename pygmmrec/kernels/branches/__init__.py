"""DREAM's parallel branches on node features, in their exactly equal linear form."""
