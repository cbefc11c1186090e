"""A network on the Hugging Face Hub: the files of its folder go there, or come from there. No code travels."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..data.catalog import HUB
from ..data.hub import reachable
from ..errors import NnlabError, UsageError, first_line
from ..runs.folder import REST, WEIGHTS
from ..safetensors import LARGEST, LARGEST_PICKLE

REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
REVISION = re.compile(r"[\w./-]{1,100}")


def repo_of(text: str) -> str:
    """The name of a repository on the Hub, with `hf:` before it or not. UsageError for what is none."""
    name = text.removeprefix(HUB)
    if not REPO.fullmatch(name):
        raise UsageError(f"{text[:200]!r} is no name on the Hub: write user/name, as in `nnlab push mpg me/mpg`.")
    return name


def push(files: Mapping[str, bytes], repo: str, *, private: bool = False) -> str:
    """Put these files into the repository, which is made if it is not there; returns its address. NnlabError where that
    fails, with what the Hub says."""
    from huggingface_hub import CommitOperationAdd, HfApi

    with _said(f"{HUB}{repo}", "pushed"):
        api = HfApi(library_name="nnlab")
        address = api.create_repo(repo, private=private, exist_ok=True, repo_type="model")
        added: list[Any] = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=data) for name, data in files.items()]
        api.create_commit(repo, added, commit_message="A network trained by nnlab")
    return str(address)


def fetch(text: str) -> Path:
    """The folder with a network, `hf:user/name` or `hf:user/name@revision`, in the cache; of it nothing but the weights
    and the JSON beside them is fetched. UsageError for a name that is none, and for files too large; NnlabError where
    it cannot be fetched."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    name, _, revision = text.partition("@")
    repo = repo_of(name)
    if revision and not REVISION.fullmatch(revision):
        raise UsageError(f"{text[:200]!r} names no revision: write {HUB}user/name@main, or a commit.")
    online, found = reachable(), [Path()]
    with _said(text, "fetched"):
        for file, most in ((REST, LARGEST_PICKLE), (WEIGHTS, LARGEST)):
            if online:
                size = get_hf_file_metadata(hf_hub_url(repo, file, revision=revision or None)).size
                if size is None or size > most:
                    raise UsageError(f"{text} is not fetched: its {file} has more than {most >> 20:,} MiB.")
            told: dict[str, Any] = {"revision": revision or None, "local_files_only": not online}
            found.append(Path(hf_hub_download(repo, file, library_name="nnlab", **told)))
    return found[-1].parent


@contextmanager
def _said(name: str, what: str) -> Generator[None]:
    """Say in a sentence what the Hub, or the way to it, complains of."""
    from huggingface_hub import errors

    failures: tuple[type[Exception], ...] = (getattr(errors, "HTTPError", OSError), OSError, ValueError)
    try:
        yield
    except UsageError:
        raise
    except errors.LocalTokenNotFoundError:
        raise NnlabError(f"{name} is not {what}: nobody is logged in; `hf auth login` does, or HF_TOKEN.") from None
    except errors.LocalEntryNotFoundError:
        raise NnlabError(
            f"{name} cannot be {what}: it is not in the cache, and there is no way to the Hub from here."
        ) from None
    except errors.RepositoryNotFoundError:
        raise NnlabError(f"{name} cannot be {what}: there is no such repository, or it is not yours to see.") from None
    except errors.EntryNotFoundError:
        raise NnlabError(f"{name} cannot be {what}: it has no {REST}, so it is no network of nnlab's.") from None
    except failures as error:
        raise NnlabError(f"{name} cannot be {what}: {first_line(error)}.") from None
