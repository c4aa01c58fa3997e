"""``python -m pygmmrec`` is the command ``pygmmrec``."""

from pygmmrec.cli import main

if __name__ == "__main__":
    main()
