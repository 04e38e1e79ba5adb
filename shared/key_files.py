"""From what a program is told to the files that hold its keys."""

from shared.settings import ServiceSettings, Settings
from shared.vault.masters import MasterFile
from shared.vault.transit import Transit
from shared.vault.watching import KeyFiles


def master_file(settings: Settings) -> MasterFile:
    """The master file, opened as the settings say."""
    if settings.master_source == "file" or settings.kms_token_file is None:
        return MasterFile(settings.master_file)
    said = (settings.kms_url, settings.kms_key, settings.kms_token_file, settings.kms_mount, settings.kms_ca_file)
    return MasterFile(settings.master_file, Transit(*said))


def key_files(settings: ServiceSettings) -> KeyFiles:
    """The master file of a service and the deployment's public keys."""
    return KeyFiles(master_file(settings), settings.recipients_file)
