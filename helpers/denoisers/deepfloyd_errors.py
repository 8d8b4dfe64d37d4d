"""Why DeepFloyd IF cannot run here, said in the reader's words."""

import errno

import torch

NETWORK_LIBRARIES = {"httpx", "httpx2", "httpcore", "requests", "urllib3", "socket", "ssl"}


class DeepFloydUnavailable(RuntimeError):
    """DeepFloyd IF cannot run here.

    reason  half a sentence, for "pocket, because <reason>"
    cure    what to do about it, in sentences
    """

    def __init__(self, reason: str, cure: str):
        super().__init__(f"DeepFloyd IF cannot run here: {reason}. {cure}")
        self.reason = reason
        self.cure = cure


def explained(error: Exception) -> DeepFloydUnavailable:
    """Return the DeepFloydUnavailable that says what an error of loading or downloading means to the reader."""
    if isinstance(error, DeepFloydUnavailable):
        return error
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    for explain in (_licence, _token, _disk, _memory, _network):
        for link in reversed(chain):  # the first cause knows most
            if found := explain(link):
                return DeepFloydUnavailable(*found)
    return DeepFloydUnavailable(
        f"loading it failed with {type(error).__name__}: {error}".rstrip("."),
        'Delete the folder of the model in the Hugging Face cache and load again, or use load_stage_1("pocket").',
    )


def _status(error: BaseException) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _licence(error: BaseException) -> tuple[str, str] | None:
    from huggingface_hub.errors import GatedRepoError

    if isinstance(error, GatedRepoError) or _status(error) == 403:
        return (
            "its licence has not been accepted with this token (403)",
            "Open https://huggingface.co/DeepFloyd/IF-I-XL-v1.0 while logged in, accept the licence (it holds for all "
            "IF models), and give the token the right to read gated repositories.",
        )
    return None


def _token(error: BaseException) -> tuple[str, str] | None:
    from huggingface_hub.errors import LocalTokenNotFoundError, RepositoryNotFoundError

    if isinstance(error, LocalTokenNotFoundError | RepositoryNotFoundError) or _status(error) == 401:
        return (
            "Hugging Face did not accept the token (401)",
            "Make a new read token on https://huggingface.co/settings/tokens and run huggingface_hub.login() with it.",
        )
    return None


def _disk(error: BaseException) -> tuple[str, str] | None:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full", "Free some space, or let HF_HOME point at a larger disk, and load again: it goes on."
    return None


def _memory(error: BaseException) -> tuple[str, str] | None:
    if isinstance(error, torch.OutOfMemoryError):
        return "the GPU's memory is full", 'Restart the runtime, choose model="L", or use load_stage_1("pocket").'
    return None


def _network(error: BaseException) -> tuple[str, str] | None:
    from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

    libraries = {base.__module__.partition(".")[0] for base in type(error).__mro__}
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE forbids downloads", "Unset HF_HUB_OFFLINE, or download once on a machine with a network."
    if isinstance(error, LocalEntryNotFoundError | ConnectionError | TimeoutError) or libraries & NETWORK_LIBRARIES:
        return (
            "Hugging Face cannot be reached",
            "Check the network, then load again: a download goes on where it stopped.",
        )
    return None
