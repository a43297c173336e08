//! The server as a model: arguments to options, start-up, authentication, issuer reach.

mod authentication;
mod options;
mod reach;
mod setup;
mod startup;
mod version;

pub use authentication::{
    AllowedNames, Authentication, AuthenticatorKind, Decision, Request, RequestHeaderConfig, Step, User, Verdict,
};
pub use options::{Given, ListSetting, OptionError, OptionErrorKind, Options, Repetition, Setting, UnknownFlag};
pub use reach::{Reach, ReachKind};
pub use setup::{CertificateFile, FileState, KeyFile, Setup, TrustBundle, Unusable, UnusableKind};
pub use startup::{Refusal, Startup};
pub use version::{KubernetesVersion, VersionError};
