//! The server as a model: arguments to options, start-up, authentication, issuer reach.

mod authentication;
mod config_map;
mod csv;
mod headers;
mod load;
mod lookup;
mod options;
mod overlap;
mod pflag;
mod place;
mod reach;
mod reason;
mod setup;
mod startup;
#[cfg(test)]
mod testing;

pub use authentication::{
    AllowedNames, AnonymousRequests, Authentication, AuthenticatorKind, Decision, Request, RequestHeaderConfig,
    STANDARD_HEADERS, Step, User, Verdict, header_lists,
};
pub use lookup::{FileCache, Lookup};
pub use options::{Given, ListSetting, OptionError, OptionErrorKind, Options, Repetition, Setting, UnknownFlag};
pub use overlap::{Overlap, other_certificates, requestheader_cas_that_log_in, ways};
pub use place::is_same_file;
pub use reach::{Reach, ReachKind, demonstrate_front_proxy, demonstrate_user, reaches};
pub use reason::{Cause, Reason, sentences};
pub use setup::{CertificateFile, FileState, KeyFile, Setup, TrustBundle, Unusable, UnusableKind, WatchedFile};
pub use startup::{Refusal, Startup, start};
