//! The server as a model: arguments to options, start-up, authentication, issuer reach.

mod authentication;
mod csv;
mod flags;
mod near;
mod options;
mod pflag;
mod quote;
mod reach;
mod setup;
mod startup;
#[cfg(test)]
mod testing;
mod version;

pub use authentication::{
    AllowedNames, Authentication, AuthenticatorKind, Decision, Request, RequestHeaderConfig, Step, User, Verdict,
};
pub use options::{Given, ListSetting, OptionError, OptionErrorKind, Options, Repetition, Setting, UnknownFlag};
pub use reach::{Reach, ReachKind};
pub use setup::{CertificateFile, FileState, KeyFile, Setup, TrustBundle, Unusable, UnusableKind};
pub use startup::{Refusal, Startup};
pub use version::{KubernetesVersion, VersionError};
