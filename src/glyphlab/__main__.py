"""`python -m glyphlab` is the command line."""

from glyphlab.cli.entry import run

if __name__ == "__main__":
    run()
