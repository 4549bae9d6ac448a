"""The missing-children bot: facts come in as exports, pure rules decide, a reply says it."""
