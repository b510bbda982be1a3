"""A check that dbt-bouncer runs: data flow through the folders of models/ one way."""

from typing import Any

from dbt_bouncer.check_framework.decorator import check, fail


def rank(model: Any, folders: list[str]) -> int:
    """How far down the list of folders that of the model is."""
    for number, folder in enumerate(folders):
        if model.original_file_path.startswith(f"models/{folder}/"):
            return number
    return fail(
        f"`{model.name}` is in none of the folders listed in dbt-bouncer.yml: "
        f"{model.original_file_path}."
    )


@check
def check_model_reads_no_folder_below(
    model: Any, ctx: Any, *, folders: list[str]
) -> None:
    """A model reads models of its own folder and of the folders listed above it."""
    own = rank(model, folders)
    read = [node for node in ctx.models if node.unique_id in model.depends_on.nodes]
    below = [
        f"`{parent.name}` in {folders[rank(parent, folders)]}"
        for parent in read
        if rank(parent, folders) > own
    ]
    if below:
        fail(
            f"`{model.name}` in {folders[own]} reads {', '.join(below)}, further down. "
            "A folder reads only the folders above it in the list in dbt-bouncer.yml."
        )
