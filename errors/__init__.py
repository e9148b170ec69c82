"""Every error a person may see, in one tree.

TertuliaError                  carries a key of the message catalogue and the values it names
├── StartError                 the program cannot start: one sentence on the console, exit code 2
│   ├── SettingInvalid
│   ├── PortTaken
│   ├── FolderNotWritable
│   ├── ModelFileMissing
│   ├── ModelFileBroken
│   ├── ModelNotLoaded
│   ├── DataFolderInUse        another Tertulia works in it
│   ├── DatabaseAddressInvalid
│   ├── DatabaseUnreachable    a server that is away or refuses us, a file that cannot be opened
│   ├── DatabaseDamaged        left as it is, byte for byte; so is the next
│   ├── DatabaseTooNew         a newer Tertulia wrote it
│   ├── DataKeyMissing         the database is encrypted; so for the next
│   ├── DataKeyWrong
│   ├── DataKeyShort
│   ├── DataKeyFileUnreadable
│   ├── DataNotSealed          encrypting broke off; the next start goes on
│   ├── DataNotEncrypted       there is nothing to decrypt
│   ├── UsersFileBroken
│   ├── UsersFileNotSaved
│   ├── FiltersFileBroken
│   ├── TracingPackageMissing
│   ├── AccountNameInvalid     of the command line's --add-user; so for the next four
│   ├── AccountTaken
│   ├── AccountUnknown
│   ├── AccountPasswordShort   also what somebody sees who wants another password: a RequestError, too
│   ├── PasswordsDiffer
│   └── SharedPasswordShort    for a page that others can reach
├── RequestError               the person can mend it: nothing was sent, nothing is lost
│   ├── MessageTooLong         counted in characters, before the model sees it
│   ├── QuestionRefused        by a filter of the operator's; so is the next
│   ├── AnswerRefused
│   ├── PromptTooLong          counted in tokens, against the model's window
│   ├── TurnsUsedUp            what one visitor may have; so are the next six
│   ├── UploadsUsedUp
│   ├── AddressesUsedUp
│   ├── TurnUnderWay
│   ├── QueueFull
│   ├── UploadsNotAllowed
│   ├── AddressesNotAllowed
│   ├── LimitInvalid
│   ├── ConversationBusy
│   ├── ConversationNotFound   also when it is somebody else's: the two must look alike; so for the next three
│   ├── MessageNotFound
│   ├── NoteNotFound
│   ├── TemplateNotFound
│   ├── NothingAsked
│   ├── OptionInvalid          a control of the page sent what it cannot show
│   ├── DeletionNotConfirmed   of all of one's data
│   ├── TooManyTemplates
│   ├── TemplateInvalid        a part of a prompt template cannot be used; the kinds below it say more
│   │   ├── TemplateBraceAlone
│   │   ├── TemplateFieldUnknown
│   │   ├── TemplateVariableMisnamed
│   │   └── TemplateTooLarge
│   ├── ImportRefused          a file holds no sound conversation; the kinds below it say more
│   │   ├── ImportNotOurs
│   │   ├── ImportTooNew
│   │   └── ImportTooLarge
│   ├── DocumentRefused        a file cannot be read; the kinds below it say why
│   │   ├── DocumentKindUnknown
│   │   ├── DocumentKindMismatch
│   │   ├── DocumentEmpty
│   │   ├── DocumentWithoutText
│   │   ├── DocumentBroken
│   │   ├── DocumentEncrypted
│   │   ├── DocumentTooLarge
│   │   ├── DocumentTooLong
│   │   ├── DocumentTooHard
│   │   ├── ArchiveRefused
│   │   ├── DocumentAlreadyHere
│   │   └── DocumentCancelled
│   ├── AddressRefused         not of the public web
│   ├── AddressUnreadable
│   ├── CollectionNotFound     also when it is somebody else's; so for the next
│   ├── DocumentNotFound
│   ├── TooManyDocuments
│   ├── NoRoomForDocuments
│   ├── NothingToSearch
│   ├── EmbedderUnavailable
│   ├── TriplesInvalid         a file holds no questions with their answers; so for the next
│   ├── TriplesTooLarge
│   ├── PathEnded              the playground's chosen token ends the text
│   ├── PathTooLong
│   ├── PermalinkInvalid       an address that tells of no experiment
│   ├── PermalinkTooLong
│   ├── PromptBlank            nothing to send to a service
│   ├── ExportGone             a file of what was seen is no longer kept
│   ├── TrainingTextMissing    no word to count n-grams in
│   ├── ExampleMisread         a line of the examples is none
│   ├── TooManyTurns           of a conversation that somebody writes
│   ├── SweepSettingTwice      both axes of a sweep are the same setting
│   ├── SweepValuesInvalid
│   ├── NothingToCompare       no prompt was written beside the question
│   ├── EvaluationNotFound     also when it is somebody else's
│   ├── TooManyEvaluations
│   ├── TaskSetNotFound
│   ├── TaskSetInvalid         a file holds no questions with their answers; so for the next
│   ├── TaskSetTooLarge
│   ├── ContendersMiscounted   too few or too many models to compare
│   ├── ContendersAlike
│   ├── ComparisonGone          is kept for a while only
│   ├── VoteAlreadyCast        a second vote would not be blind
│   ├── ServiceKeyInvalid      what a visitor typed is no key
│   ├── OperatorOnly           a visitor wants to change what all share
│   ├── OperatorTokenWrong
│   ├── SignInNeeded           the rooms are closed to whoever did not
│   ├── SignInRefused          which of name and password was wrong is not told
│   ├── PasswordWrong
│   ├── TooManyTries           to sign in: a wait, which grows
│   ├── SignInElsewhereFailed  the service that knows the person did not say so as it should
│   ├── SessionMissing         the browser sent no valid owner cookie
│   └── ProgramStopping        what was written until now is kept
├── ShareError                 no public link; the page of this machine goes on
│   ├── TunnelUnsupported
│   ├── TunnelProgramMissing
│   ├── TunnelProgramNotRun
│   ├── TunnelProgramAltered   what was downloaded is not what was published
│   ├── TunnelServerAway
│   ├── TunnelRefused
│   ├── LinkAlreadyOpen
│   ├── LinkHoursInvalid
│   └── LinkPasswordShort
├── ToolFailed                 a call of the agent's tools gave no result; the model is told, and goes on
│   ├── ToolTimedOut
│   ├── CallRefused            by the person
│   ├── CallUnsafe             by the rules about text of others
│   ├── CallLimitReached
│   ├── CallTooLate            the turn's time was used up
│   ├── ToolUnknown            the model's fault; so is the next
│   ├── ArgumentsInvalid
│   ├── CalculationInvalid
│   ├── CalculationTooLarge
│   ├── PlaceUnknown
│   ├── PageNotRead
│   ├── SearchUnreachable
│   ├── ServiceKeyRefused      the operator's fault; so is the next
│   ├── ServiceQuotaSpent
│   ├── ServiceBusy            the service's; trying again may help, as with the next two
│   ├── ServiceFaulty
│   └── ServiceUnreachable
├── ModelError                 a model of a service could not answer; the kinds below it say whose fault it is
│   ├── ModelKeyRefused
│   ├── ModelQuotaSpent
│   ├── ModelUnreachable
│   ├── ModelFaulty
│   ├── ModelRefused
│   ├── ModelUnknown
│   ├── ModelUnknownToService
│   ├── ModelKeyMissing        the operator can mend it; so for the next two
│   ├── KeyNotLent
│   ├── ModelPackageMissing
│   ├── ModelTooLarge          for the memory that models may take together
│   └── ProbabilitiesNotTold   the service does not tell how probable tokens are
├── DownloadError              a model's file could not be got, or not be kept
│   ├── ModelNameInvalid
│   ├── ModelFileSplit         in several parts
│   ├── ModelAlreadyHere
│   ├── ModelAlreadyComing
│   ├── ModelNotHere
│   ├── ModelRepositoryUnknown also when it is private; the hub does not tell which
│   ├── ModelFileUnknown
│   ├── ModelGated             its maker's terms were not accepted
│   ├── HubTokenRefused        the operator's fault
│   ├── HubBusy                the hub's; trying again may help, as with the next three
│   ├── HubUnreachable
│   ├── HubFaulty
│   ├── DownloadInterrupted
│   ├── NoRoomForModel
│   ├── ModelNotSaved
│   ├── ModelNotDeleted
│   ├── ModelHashWrong         other bytes than those that were published
│   └── ModelFileUnsound       no whole GGUF
├── ApprovalNotFound           no call waits for this person's answer by that name
├── StorageError               what was to be kept could not be written or read; what was kept before is whole
│   ├── StorageFull            no room on the disk
│   ├── StorageFailed
│   └── DataUnreadable         encrypted, and changed since
└── EngineError                the model's process failed
    ├── EngineDied             it ended in the middle of an answer; it is being restarted
    ├── EngineUnavailable      it ended too often; it is not being restarted
    ├── EngineBusy             too many requests wait already
    └── GenerationFailed       it refused or could not finish this one request

Raised where the fault is known, shown in one place: the console by ``app.main``, the page by
``components.shown_errors``.
"""

# A name a line would be half of this file.
# fmt: off
# isort: off
# A name a line would be more than half of this file.
# fmt: off
# isort: off
from errors.accounts import (
    AccountNameInvalid, AccountPasswordShort, AccountTaken, AccountUnknown, PasswordWrong, PasswordsDiffer,
    SharedPasswordShort, SignInElsewhereFailed, SignInNeeded, SignInRefused, TooManyTries, UsersFileBroken,
    UsersFileNotSaved,
)
from errors.agents import (
    ApprovalNotFound, ArgumentsInvalid, CalculationInvalid, CalculationTooLarge, CallLimitReached, CallRefused,
    CallTooLate, CallUnsafe, ModelError, ModelFaulty, ModelKeyRefused, ModelQuotaSpent, ModelRefused, ModelUnknown,
    ModelUnreachable, PageNotRead, PlaceUnknown, SearchUnreachable, ServiceBusy, ServiceFaulty, ServiceKeyRefused,
    ServiceQuotaSpent, ServiceUnreachable, ToolFailed, ToolTimedOut, ToolUnknown,
)
from errors.comparisons import (
    ComparisonGone, ContendersAlike, ContendersMiscounted, VoteAlreadyCast,
)
from errors.documents import (
    AddressRefused, AddressUnreadable, ArchiveRefused, CollectionNotFound, DocumentAlreadyHere, DocumentBroken,
    DocumentCancelled, DocumentEmpty, DocumentEncrypted, DocumentKindMismatch, DocumentKindUnknown, DocumentNotFound,
    DocumentRefused, DocumentTooHard, DocumentTooLarge, DocumentTooLong, DocumentWithoutText, EmbedderUnavailable,
    NoRoomForDocuments, NothingToSearch, TooManyDocuments, TriplesInvalid, TriplesTooLarge,
)
from errors.downloads import (
    DownloadError, DownloadInterrupted, HubBusy, HubFaulty, HubTokenRefused, HubUnreachable, ModelAlreadyComing,
    ModelAlreadyHere, ModelFileSplit, ModelFileUnknown, ModelFileUnsound, ModelGated, ModelHashWrong, ModelNameInvalid,
    ModelNotDeleted, ModelNotHere, ModelNotSaved, ModelRepositoryUnknown, NoRoomForModel,
)
from errors.evaluation import (
    EvaluationNotFound, TaskSetInvalid, TaskSetNotFound, TaskSetTooLarge, TooManyEvaluations,
)
from errors.failures import (
    DataUnreadable, EngineBusy, EngineDied, EngineError, EngineUnavailable, GenerationFailed, StorageError,
    StorageFailed, StorageFull,
)
from errors.filters import (
    AnswerRefused, FiltersFileBroken, QuestionRefused,
)
from errors.limits import (
    AddressesNotAllowed, AddressesUsedUp, LimitInvalid, QueueFull, TurnUnderWay, TurnsUsedUp, UploadsNotAllowed,
    UploadsUsedUp,
)
from errors.playground import (
    ExampleMisread, ExportGone, NothingToCompare, PathEnded, PathTooLong, PermalinkInvalid, PermalinkTooLong,
    ProbabilitiesNotTold, PromptBlank, SweepSettingTwice, SweepValuesInvalid, TooManyTurns, TrainingTextMissing,
)
from errors.requests import (
    ConversationBusy, ConversationNotFound, DeletionNotConfirmed, ImportNotOurs, ImportRefused, ImportTooLarge,
    ImportTooNew, MessageNotFound, MessageTooLong, NoteNotFound, NothingAsked, OptionInvalid, ProgramStopping,
    PromptTooLong, RequestError, SessionMissing, TemplateBraceAlone, TemplateFieldUnknown, TemplateInvalid,
    TemplateNotFound, TemplateTooLarge, TemplateVariableMisnamed, TooManyTemplates,
)
from errors.services import (
    KeyNotLent, ModelKeyMissing, ModelPackageMissing, ModelTooLarge, ModelUnknownToService, OperatorOnly,
    OperatorTokenWrong, ServiceKeyInvalid,
)
from errors.sharing import (
    LinkAlreadyOpen, LinkHoursInvalid, LinkPasswordShort, ShareError, TunnelProgramAltered, TunnelProgramMissing,
    TunnelProgramNotRun, TunnelRefused, TunnelServerAway, TunnelUnsupported,
)
from errors.start import (
    DataFolderInUse, DataKeyFileUnreadable, DataKeyMissing, DataKeyShort, DataKeyWrong, DataNotEncrypted, DataNotSealed,
    DatabaseAddressInvalid, DatabaseDamaged, DatabaseTooNew, DatabaseUnreachable, FolderNotWritable, ModelFileBroken,
    ModelFileMissing, ModelNotLoaded, PortTaken, SettingInvalid, StartError,
)
from errors.tertulia_error import TertuliaError
from errors.watching import TracingPackageMissing
# isort: on

__all__ = [
    "AccountNameInvalid", "AccountPasswordShort", "AccountTaken", "AccountUnknown", "AddressRefused",
    "AddressUnreadable", "AddressesNotAllowed", "AddressesUsedUp", "AnswerRefused", "ApprovalNotFound",
    "ArchiveRefused", "ArgumentsInvalid", "CalculationInvalid", "CalculationTooLarge", "CallLimitReached",
    "CallRefused", "CallTooLate", "CallUnsafe", "CollectionNotFound", "ComparisonGone", "ContendersAlike",
    "ContendersMiscounted", "ConversationBusy", "ConversationNotFound", "DataFolderInUse", "DataKeyFileUnreadable",
    "DataKeyMissing", "DataKeyShort", "DataKeyWrong", "DataNotEncrypted", "DataNotSealed", "DataUnreadable",
    "DatabaseAddressInvalid", "DatabaseDamaged", "DatabaseTooNew", "DatabaseUnreachable", "DeletionNotConfirmed",
    "DocumentAlreadyHere", "DocumentBroken", "DocumentCancelled", "DocumentEmpty", "DocumentEncrypted",
    "DocumentKindMismatch", "DocumentKindUnknown", "DocumentNotFound", "DocumentRefused", "DocumentTooHard",
    "DocumentTooLarge", "DocumentTooLong", "DocumentWithoutText", "DownloadError", "DownloadInterrupted",
    "EmbedderUnavailable", "EngineBusy", "EngineDied", "EngineError", "EngineUnavailable", "EvaluationNotFound",
    "ExampleMisread", "ExportGone", "FiltersFileBroken", "FolderNotWritable", "GenerationFailed", "HubBusy",
    "HubFaulty", "HubTokenRefused", "HubUnreachable", "ImportNotOurs", "ImportRefused", "ImportTooLarge",
    "ImportTooNew", "KeyNotLent", "LimitInvalid", "LinkAlreadyOpen", "LinkHoursInvalid", "LinkPasswordShort",
    "MessageNotFound", "MessageTooLong", "ModelAlreadyComing", "ModelAlreadyHere", "ModelError", "ModelFaulty",
    "ModelFileBroken", "ModelFileMissing", "ModelFileSplit", "ModelFileUnknown", "ModelFileUnsound", "ModelGated",
    "ModelHashWrong", "ModelKeyMissing", "ModelKeyRefused", "ModelNameInvalid", "ModelNotDeleted", "ModelNotHere",
    "ModelNotLoaded", "ModelNotSaved", "ModelPackageMissing", "ModelQuotaSpent", "ModelRefused",
    "ModelRepositoryUnknown", "ModelTooLarge", "ModelUnknown", "ModelUnknownToService", "ModelUnreachable",
    "NoRoomForDocuments", "NoRoomForModel", "NoteNotFound", "NothingAsked", "NothingToCompare", "NothingToSearch",
    "OperatorOnly", "OperatorTokenWrong", "OptionInvalid", "PageNotRead", "PasswordWrong", "PasswordsDiffer",
    "PathEnded", "PathTooLong", "PermalinkInvalid", "PermalinkTooLong", "PlaceUnknown", "PortTaken",
    "ProbabilitiesNotTold", "ProgramStopping", "PromptBlank", "PromptTooLong", "QuestionRefused", "QueueFull",
    "RequestError", "SearchUnreachable", "ServiceBusy", "ServiceFaulty", "ServiceKeyInvalid", "ServiceKeyRefused",
    "ServiceQuotaSpent", "ServiceUnreachable", "SessionMissing", "SettingInvalid", "ShareError", "SharedPasswordShort",
    "SignInElsewhereFailed", "SignInNeeded", "SignInRefused", "StartError", "StorageError", "StorageFailed",
    "StorageFull", "SweepSettingTwice", "SweepValuesInvalid", "TaskSetInvalid", "TaskSetNotFound", "TaskSetTooLarge",
    "TemplateBraceAlone", "TemplateFieldUnknown", "TemplateInvalid", "TemplateNotFound", "TemplateTooLarge",
    "TemplateVariableMisnamed", "TertuliaError", "TooManyDocuments", "TooManyEvaluations", "TooManyTemplates",
    "TooManyTries", "TooManyTurns", "ToolFailed", "ToolTimedOut", "ToolUnknown", "TracingPackageMissing",
    "TrainingTextMissing", "TriplesInvalid", "TriplesTooLarge", "TunnelProgramAltered", "TunnelProgramMissing",
    "TunnelProgramNotRun", "TunnelRefused", "TunnelServerAway", "TunnelUnsupported", "TurnUnderWay", "TurnsUsedUp",
    "UploadsNotAllowed", "UploadsUsedUp", "UsersFileBroken", "UsersFileNotSaved", "VoteAlreadyCast",
]
