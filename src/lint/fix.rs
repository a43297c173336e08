//! What to do about a finding.

use std::fmt;

use crate::text::{shell_command, shell_word};
use crate::x509::Certificate;

/// A sentence, and what of it can be pasted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fix {
    /// Says it all, to a person, on one line.
    pub sentence: String,
    /// For a POSIX shell, one a line, to be run in this order; everything from outside is quoted.
    pub commands: Vec<String>,
    /// Arguments to start the component with afterwards, in the place of those of the same names; not quoted.
    pub flags: Vec<String>,
    /// It gives the front proxy a CA of its own, with a client, names and files.
    pub(crate) own_ca: bool,
    /// It issues a client from the front proxy's CA that is there.
    pub(crate) issues: bool,
    /// What one of the commands patches the ConfigMap to.
    pub(crate) patch: Option<Wanted>,
}

/// What the ConfigMap is to hold; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub names: Option<Vec<String>>,
    pub authorities: Option<Vec<Certificate>>,
    /// The CAs of clients.
    pub clients: Option<Vec<Certificate>>,
}

impl Fix {
    /// Whether it patches the ConfigMap to something that is known.
    pub(crate) fn is_patch(&self) -> bool {
        self.patch.as_ref().is_some_and(|wanted| *wanted != Wanted::default())
    }

    /// Adds a command of words that mean themselves; paths go through [`crate::text::operand`] first.
    #[must_use]
    pub fn command<S: AsRef<str>>(self, words: &[S]) -> Self {
        self.shell(shell_command(words))
    }

    /// Adds a command that is quoted already.
    #[must_use]
    pub fn shell(mut self, command: String) -> Self {
        self.commands.push(command);
        self
    }

    #[must_use]
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    #[must_use]
    pub fn flags(mut self, flags: impl IntoIterator<Item = String>) -> Self {
        self.flags.extend(flags);
        self
    }

    /// The same things to type, and more to say before or behind.
    #[must_use]
    pub fn saying(mut self, sentence: impl FnOnce(&str) -> String) -> Self {
        self.sentence = sentence(&self.sentence);
        self
    }

    /// The commands, then the flags, each as one line that can be pasted.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.commands.iter().cloned().chain(self.flags.iter().map(|flag| shell_word(flag)))
    }
}

impl From<&str> for Fix {
    fn from(sentence: &str) -> Self {
        sentence.to_owned().into()
    }
}

impl From<String> for Fix {
    fn from(sentence: String) -> Self {
        Self { sentence, ..Self::default() }
    }
}

/// The sentence and below it the lines.
impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sentence)?;
        self.lines().try_for_each(|line| write!(f, "\n{line}"))
    }
}
