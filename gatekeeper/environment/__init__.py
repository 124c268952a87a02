"""The tools' environment: built once per digest, put under every slot, and every tool in it identified by its contents.

The ports, from the first call to the last:

    build.prepare(settings, *, slot, home, main_worktree, base_env, log, on_progress, cancelled) -> Environment
    overlay.install_project(environment, slot, *, home, base_env, log, cancelled) -> Overlay
    resolve.resolve_tool(name, search, *, python, fallback, digests) -> ResolvedTool | None
    origin.top_level_packages(slot) / import_origins_argv(python, packages, slot) / foreign(output, slot)
    witness.look_at(paths) / pack(witnesses) / unchanged(blob)
"""
