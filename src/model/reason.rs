//! Why something is not known, or why there is nothing to look at.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::text::{Located, Origin};

/// Why one thing could not be looked at or judged: a cause, and what it stands in the way of.
///
/// `Display` is one sentence about that thing, without a full stop: `--client-ca-file: /etc/kubernetes/pki/ca.crt is not
/// on this host`. Many reasons have one [`Cause`]; a report tells it once, with [`Cause::remedy`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    cause: Cause,
    /// The flag or key that is concerned, as it is written: `--client-ca-file`.
    subject: Option<String>,
    /// The file in question, where the cause is more than this one file.
    file: Option<PathBuf>,
    origin: Option<Origin>,
}

/// What stands in the way. Equal causes are one cause, whatever flags and files they stand in the way of; `Display` is
/// one sentence about the cause alone, without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The component has it not either. What is not given; the flag is the reason's.
    NotGiven,
    /// Only a part of the flags is here: what is absent may be given elsewhere.
    Fragment,
    /// The same of files without flags: one that is absent may lie elsewhere.
    SomeFiles,
    /// A template's or a shell's expression stands for the value.
    Expression(String),
    /// An expression that may be any flag stands among the flags.
    AnyFlag(String),
    /// Nothing is here at this place: a file, or the directory that several files would be in.
    Absent { place: PathBuf, told_where: bool },
    /// A private key that the component has and that was not copied, as is often meant.
    PrivateKeyAbsent(PathBuf),
    /// It cannot be read from here, though it may be there: no permission, in a volume or an image. What, and what to do.
    OutOfReach { why: String, remedy: Option<&'static str> },
    /// The cluster did not let us read it: what and why, and the right that lacks.
    NotCollected { why: String, needs: Option<Box<str>> },
    /// The component cannot use it either, in its own words.
    Unusable(String),
    /// A part of the input could not be resolved: `EnvironmentFile=/etc/kubernetes/apiserver is not there`.
    Unresolved(String),
    /// It is part of a greater fault, which that rule reports.
    Reported { what: String, rule: &'static str },
    /// There is nothing to judge, and why: `there is one node only`.
    NoBusiness(String),
    /// It cannot be decided for a reason of its own.
    Undecided(String),
}

impl Reason {
    pub fn new(cause: Cause) -> Self {
        Self { cause, subject: None, file: None, origin: None }
    }

    /// `flag` as it is written, with its dashes.
    pub fn not_given(flag: impl Into<String>) -> Self {
        Self::new(Cause::NotGiven).about(flag)
    }

    /// The value of a flag is an expression.
    pub fn expression(expression: &Located<String>) -> Self {
        Self::new(Cause::Expression(expression.value.clone())).at(&expression.origin)
    }

    pub fn out_of_reach(why: impl Into<String>, remedy: impl Into<Option<&'static str>>) -> Self {
        Self::new(Cause::OutOfReach { why: why.into(), remedy: remedy.into() })
    }

    pub fn no_business(why: impl Into<String>) -> Self {
        Self::new(Cause::NoBusiness(why.into()))
    }

    pub fn undecided(why: impl Into<String>) -> Self {
        Self::new(Cause::Undecided(why.into()))
    }

    /// What is wrong, and the id of the rule that reports it.
    pub fn reported(what: impl Into<String>, rule: &'static str) -> Self {
        Self::new(Cause::Reported { what: what.into(), rule })
    }

    /// Names the flag or key that is concerned, as it is written; the first to name one is right.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject.get_or_insert(subject.into());
        self
    }

    #[must_use]
    pub fn of_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// Says where it is written; the first to say it is right.
    #[must_use]
    pub fn at(mut self, origin: &Origin) -> Self {
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// The flag or key that is concerned.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Where the flag or its value is written.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The sentence and what to do, for where one reason stands alone.
    pub fn with_remedy(&self) -> String {
        self.remedy().map_or_else(|| self.to_string(), |remedy| format!("{self}; {remedy}"))
    }

    /// One thing to do, such as a flag to give.
    pub fn remedy(&self) -> Option<String> {
        match (&self.cause, &self.file) {
            // Of what is missing above, this directory is needed.
            (Cause::Absent { place, told_where: true }, Some(file)) => Some(copy(file.parent().unwrap_or(file), place)),
            (cause, _) => cause.remedy(),
        }
    }
}

/// What to bring to where `place` would be.
fn copy(needed: &Path, place: &Path) -> String {
    let root = place.parent().unwrap_or(Path::new(""));
    let needed = needed.strip_prefix(root).ok().filter(|needed| needed.starts_with(name(place)));
    let needed = needed.map_or_else(|| name(place), |needed| needed.display().to_string());
    format!("copy {needed} there as well")
}

impl Cause {
    /// Whether there is nothing to judge, rather than something that could not be judged: the component has nothing
    /// there either, another rule reports it, or it is a fragment, which is judged for what it says.
    pub fn is_nothing_to_judge(&self) -> bool {
        match self {
            Self::NotGiven
            | Self::Fragment
            | Self::SomeFiles
            | Self::Unusable(_)
            | Self::Reported { .. }
            | Self::NoBusiness(_) => true,
            Self::Expression(_)
            | Self::AnyFlag(_)
            | Self::Absent { .. }
            | Self::PrivateKeyAbsent(_)
            | Self::OutOfReach { .. }
            | Self::NotCollected { .. }
            | Self::Unresolved(_)
            | Self::Undecided(_) => false,
        }
    }

    /// Whether what is absent here may be given elsewhere.
    pub fn is_partial(&self) -> bool {
        matches!(self, Self::Fragment | Self::SomeFiles)
    }

    /// One thing to do about it; `None`: nothing, or nothing that would be the same for everyone.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Fragment => Some("give all flags of the component, as its process gets them".to_owned()),
            Self::SomeFiles => Some(
                "put it beside them (kubeadm: ca.crt, front-proxy-ca.crt), or give the flags that name all files"
                    .to_owned(),
            ),
            Self::Expression(_) | Self::AnyFlag(_) => Some("give what the template or script makes of it".to_owned()),
            Self::Absent { told_where: false, .. } => Some("give --root DIR or --pki-dir DIR, where it is".to_owned()),
            Self::Absent { place, told_where: true } => Some(copy(place, place)),
            Self::PrivateKeyAbsent(_) => Some("run it where the key is".to_owned()),
            Self::OutOfReach { remedy, .. } => remedy.map(str::to_owned),
            Self::NotCollected { needs: Some(right), .. } => {
                // This one is printed only for who asks for it: it is a great deal more than reading.
                let probe = if right.ends_with("/portforward") { " --probe" } else { "" };
                Some(format!("the account needs the right to {right}; `aggcert rbac{probe}` prints all of them"))
            }
            Self::NotCollected { needs: None, .. } => None,
            Self::Reported { rule, .. } => Some(format!("see {rule}")),
            Self::NotGiven | Self::Unusable(_) | Self::Unresolved(_) | Self::NoBusiness(_) | Self::Undecided(_) => None,
        }
    }
}

fn name(place: &Path) -> String {
    place.file_name().unwrap_or(place.as_os_str()).to_string_lossy().into_owned()
}

/// One sentence, or several behind one another.
pub fn sentences(reasons: &[Reason]) -> String {
    let sentences: Vec<String> = reasons.iter().map(Reason::to_string).collect();
    sentences.join("; ")
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.subject, &self.cause) {
            (Some(subject), Cause::NotGiven) => return write!(f, "{subject} is not given"),
            (Some(subject), cause) if cause.is_partial() => write!(f, "{subject} is not given here: ")?,
            (Some(subject), _) => write!(f, "{subject}: ")?,
            (None, _) => {}
        }
        match (&self.cause, &self.file) {
            (Cause::Absent { told_where, .. }, Some(file)) => absent(f, file, *told_where),
            (cause, _) => cause.fmt(f),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGiven => f.write_str("it is not given"),
            Self::Fragment => f.write_str("only a part of the flags is here"),
            Self::SomeFiles => f.write_str("only a part of the files is here"),
            Self::Expression(expression) => write!(f, "what `{expression}` stands for is not known here"),
            Self::AnyFlag(expression) => write!(f, "`{expression}` may be any flag"),
            Self::Absent { place, told_where } => absent(f, place, *told_where),
            Self::PrivateKeyAbsent(key) => write!(f, "the private key {} is not here", key.display()),
            Self::Reported { what, rule } => write!(f, "{what}, which {rule} reports"),
            Self::NotCollected { why, .. }
            | Self::OutOfReach { why, .. }
            | Self::Unusable(why)
            | Self::Unresolved(why)
            | Self::NoBusiness(why)
            | Self::Undecided(why) => f.write_str(why),
        }
    }
}

fn absent(f: &mut fmt::Formatter<'_>, place: &Path, told_where: bool) -> fmt::Result {
    if told_where {
        write!(f, "there is no {}", place.display())
    } else {
        write!(f, "{} is not on this host", place.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two files of one directory that is not here.
    fn absent(file: &str) -> Reason {
        Reason::new(Cause::Absent { place: "/pki".into(), told_where: false }).of_file(Path::new(file))
    }

    #[test]
    fn files_of_one_absent_directory_have_one_cause_and_sentences_of_their_own() {
        let (ca, client) = (absent("/pki/ca.crt").about("--client-ca-file"), absent("/pki/front-proxy-client.crt"));
        assert_eq!(ca.cause(), client.cause());
        assert_eq!(ca.cause().to_string(), "/pki is not on this host");
        assert_eq!(ca.to_string(), "--client-ca-file: /pki/ca.crt is not on this host");
        assert_eq!(client.to_string(), "/pki/front-proxy-client.crt is not on this host");
        assert!(ca.remedy().is_some_and(|remedy| remedy.contains("--root DIR or --pki-dir DIR")));
    }

    #[test]
    fn of_a_copied_host_the_directory_is_named_that_is_needed() {
        let absent = |place: &str, file: &str| {
            Reason::new(Cause::Absent { place: place.into(), told_where: true }).of_file(Path::new(file)).remedy()
        };
        let of_k3s = absent("n/var", "n/var/lib/rancher/k3s/server/tls/client-ca.crt");
        assert_eq!(of_k3s.as_deref(), Some("copy var/lib/rancher/k3s/server/tls there as well"));
        let one_file = absent("/n/pki/ca.crt", "/n/pki/ca.crt");
        assert_eq!(one_file.as_deref(), Some("copy ca.crt there as well"));
        assert_eq!(absent("pki", "pki/ca.crt").as_deref(), Some("copy pki there as well"));
    }

    #[test]
    fn what_is_absent_from_a_fragment_is_not_given_here() {
        let reason = Reason::new(Cause::Fragment).about("--client-ca-file");
        assert_eq!(reason.to_string(), "--client-ca-file is not given here: only a part of the flags is here");
        assert_eq!(Reason::not_given("--client-ca-file").to_string(), "--client-ca-file is not given");
        assert!(reason.cause().is_nothing_to_judge());
    }

    #[test]
    fn the_first_name_and_the_first_place_are_kept() {
        let reason = Reason::not_given("client-ca-file").about("--client-ca-file");
        assert_eq!(reason.to_string(), "client-ca-file is not given");
    }
}
