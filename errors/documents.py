"""Why a document, an address or a collection cannot be used."""

from __future__ import annotations

from errors.requests import RequestError


class DocumentRefused(RequestError):
    """``name``: a file that cannot be read; the kinds below say why."""

    key = "error_document_broken"


class DocumentKindUnknown(DocumentRefused):
    """``name``: nothing here can read files of this kind."""

    key = "error_document_kind_unknown"


class DocumentKindMismatch(DocumentRefused):
    """``name``, ``extension``: what is in the file is not what its name says."""

    key = "error_document_kind_mismatch"


class DocumentEmpty(DocumentRefused):
    """``name``: there is nothing in it."""

    key = "error_document_empty"


class DocumentWithoutText(DocumentRefused):
    """``name``: there are only pictures in it, and nothing here reads them."""

    key = "error_document_without_text"


class DocumentBroken(DocumentRefused):
    """``name``: it is cut, damaged or not what it pretends to be."""

    key = "error_document_broken"


class DocumentEncrypted(DocumentRefused):
    """``name``: it asks for a password."""

    key = "error_document_encrypted"


class DocumentTooLarge(DocumentRefused):
    """``name``, ``limit``: in megabytes, of the file or of what is packed in it."""

    key = "error_document_too_large"


class DocumentTooLong(DocumentRefused):
    """``name``, ``limit``: in pages, or millions of characters of text."""

    key = "error_document_too_long"


class DocumentTooHard(DocumentRefused):
    """``name``: reading it took more time or memory than any document may."""

    key = "error_document_too_hard"


class ArchiveRefused(DocumentRefused):
    """``name``: it holds other archives, too many files, or far more than it seems."""

    key = "error_archive_refused"


class DocumentAlreadyHere(DocumentRefused):
    """``name``, ``existing``: the same content is in the collection already."""

    key = "error_document_already_here"


class DocumentCancelled(DocumentRefused):
    """``name``: a person stopped its indexing."""

    key = "error_document_cancelled"


class AddressRefused(RequestError):
    """``address``: not one of the public web; why is never told apart."""

    key = "error_address_refused"


class AddressUnreadable(RequestError):
    """``address``: it does not answer, answers too late, too much, or with no text."""

    key = "error_address_unreadable"


class CollectionNotFound(RequestError):
    """Also when it is somebody else's; so for the next."""

    key = "error_collection_not_found"


class DocumentNotFound(RequestError):
    """It was deleted, never was, or is somebody else's."""

    key = "error_document_not_found"


class TooManyDocuments(RequestError):
    """``limit``: documents that one owner may keep."""

    key = "error_too_many_documents"


class NoRoomForDocuments(RequestError):
    """``limit``: megabytes that one owner, or all, may keep."""

    key = "error_no_room_for_documents"


class NothingToSearch(RequestError):
    """The collection holds no text yet."""

    key = "error_nothing_to_search"


class EmbedderUnavailable(RequestError):
    """``name``: not installed, not known, no key, or its service does not answer."""

    key = "error_embedder_unavailable"


class TriplesInvalid(RequestError):
    """``line``: where a file of questions with their answers holds none."""

    key = "error_triples_invalid"


class TriplesTooLarge(RequestError):
    """``megabytes``, ``limit``: of questions that one file may hold."""

    key = "error_triples_too_large"
