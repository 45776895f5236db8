import os

os.environ["ENV_FILE"] = "none"  # what a developer has in .env changes no figure
