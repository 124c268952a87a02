"""Rules of `integrity` about files as such: what each means, why it exists, what to do."""

from gatekeeper.report.explanations_review import Rule

FILES = (
    Rule(
        "runner-shadowed",
        "A new module stands in for a test runner or a tool (pytest.py, _pytest/, unittest.py, mypy.py …, at the "
        "root, in src or beside tests), or runs before everything else (sitecustomize.py, usercustomize.py, *.pth).",
        "Python imports the first that it finds. A pytest.py in the root can pass every test.",
        "Rename it. Inside a package of the project the name is free.",
    ),
    Rule(
        "module-name-taken",
        "A new module has the name of one of Python's own modules (at the root) or of a tool (in a folder that is "
        "not usually on the path).",
        "It works until some library imports the real one.",
        "Rename it, or put it into a package of the project.",
    ),
    Rule(
        "tool-impersonated",
        "A new program has the name of a tool (bin/pytest, mypy, git …).",
        "Where its folder comes first on the PATH, it runs in the tool's place.",
        "Give it a name of its own.",
    ),
    Rule(
        "dependencies-committed",
        "An installed tree is committed: node_modules, site-packages, .venv.",
        "Tools take it for what was installed, and nobody reviews it.",
        "Leave it out and ignore it; dependencies come from the lock file.",
    ),
    Rule(
        "environment-steered",
        "An environment file sets variables that change what tools find or how they run (PATH, PYTHONPATH, "
        "PYTEST_ADDOPTS, NODE_OPTIONS, script-shell).",
        "What works with them works nowhere else, and what fails without them is hidden.",
        "Say in the self-review what it is for.",
    ),
    Rule(
        "link-escapes",
        "A symbolic link leads out of the tree.",
        "Tools that follow it read or write files that are not part of the commit.",
        "Link inside the tree, or copy the file.",
    ),
    Rule(
        "gitlink-added",
        "A submodule is added or moved to another commit.",
        "What it holds is not part of the commit and is not judged.",
        "Add the files themselves or a dependency; else have a person approve it.",
    ),
    Rule(
        "attributes-hide-code",
        ".gitattributes hides changes of code (-diff, binary, linguist-generated), decides conflicts silently, or "
        "rewrites code by a filter.",
        "Reviews show nothing, or something else than what is run.",
        "Name only files that are generated; lock files, minified files and large media may have such attributes.",
    ),
    Rule(
        "bidirectional-text",
        "An added line of code has characters that reorder it on the screen (U+202A to U+202E, U+2066 to U+2069).",
        "What is shown is not what is run (CVE-2021-42574).",
        "Write such characters as escapes.",
    ),
    Rule(
        "invisible-letters",
        "An added line has letters that nobody sees (Hangul fillers, tag characters).",
        "They make names and conditions that look like others.",
        "Write them as escapes.",
    ),
    Rule(
        "invisible-characters",
        "An added line has characters that are not visible (zero width space, soft hyphen …).",
        "Most come by copying from a page; some make two strings differ that look the same.",
        "Delete them, or write them as escapes.",
    ),
    Rule(
        "secret-added",
        "An added line holds a key or token that is told by its form (cloud keys, tokens of GitHub, GitLab, Slack, "
        "Stripe …, private keys). The report shows its kind and a hash, never the key.",
        "What was committed once stays in the history and must be taken for known.",
        "Revoke the key, take it out of every commit of the branch, and read it from the environment.",
    ),
    Rule(
        "secret-in-tests",
        "A line in tests, fixtures or documentation looks like a key.",
        "There it is mostly made up; a real one looks the same.",
        "Write an obvious placeholder (…EXAMPLE).",
    ),
    Rule(
        "large-binary",
        "A binary file of more than 5 MiB is added.",
        "Every clone carries it for ever.",
        "Keep it elsewhere, or in a large file storage.",
    ),
    Rule(
        "lock-without-manifest",
        "A lock file changes and its manifest does not.",
        "Updates do that honestly; and so does a package that somebody put in by hand.",
        "Say in the self-review that it is an update, and how it was made.",
    ),
    Rule(
        "snapshots-rewritten",
        "Ten or more snapshot files are rewritten together with code.",
        "Rewritten by the code that they watch, snapshots say whatever it says now.",
        "Rewrite only those that had to change, and say which behaviour changed.",
    ),
    Rule(
        "stub-hides-module",
        "A new stub (.pyi) stands beside a module that was there before.",
        "Type checkers read the stub and no longer look into the module: every error in it is gone.",
        "Write the types into the module. Stubs are for modules without Python source.",
    ),
    Rule(
        "bytecode-committed",
        "A file of bytecode says of itself that Python is to run it without a look at the source beside it.",
        "What is reviewed and what is run are two programs.",
        "Leave bytecode out of the repository: Python makes its own.",
    ),
    Rule(
        "opaque-code",
        "A new file of code is minified or very long.",
        "Nobody can review it.",
        "Commit the source and generate it, or depend on the package.",
    ),
)
