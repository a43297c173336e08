//! What to run next where a client was refused, with the files that are known.

use std::path::{Path, PathBuf};

use super::{Answer, WhoamiArguments};
use crate::explain::CHECK_CONFIG_MAP;
use crate::kubernetes::Component;
use crate::model::{AuthenticatorKind, Setup, Startup, Verdict};
use crate::text::{operand, shell_command};
use crate::x509::{CertificatePool, path};

/// A command, and what it is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub why: String,
    /// For a POSIX shell; everything from outside is quoted.
    pub command: String,
}

/// The next commands after an answer that is 401, the most telling first; nothing after any other.
pub(super) fn of(answer: &Answer<'_>, arguments: &WhoamiArguments) -> Vec<Next> {
    let asked = Asked { answer, arguments };
    if matches!(answer.startup, Startup::Refuses(_)) {
        return vec![asked.check("say what keeps the server from starting")];
    }
    let Ok(decision) = &answer.decision else { return Vec::new() };
    if answer.is_authenticated() != Some(false) || decision.authenticator.is_some() {
        return Vec::new();
    }
    if decision.handshake_failure.is_some() {
        return asked
            .client()
            .map(|client| asked.openssl("see what the client sends", &["-text"], client))
            .into_iter()
            .collect();
    }
    let request_header = decision.steps.iter().find(|step| step.authenticator == AuthenticatorKind::RequestHeader);
    match request_header.map(|step| &step.verdict) {
        Some(Verdict::Refused(why)) => asked.after_refusal(why),
        Some(Verdict::NoOpinion(_)) => asked.after_passing_on(),
        _ => vec![asked.check("judge the set-up")],
    }
}

struct Asked<'a> {
    answer: &'a Answer<'a>,
    arguments: &'a WhoamiArguments,
}

impl Asked<'_> {
    /// The request header authenticator refused.
    fn after_refusal(&self, why: &str) -> Vec<Next> {
        let other = self.answer.server.others.iter().find(|other| self.is_accepted_by(other));
        let mut next = Vec::new();
        if let Some(other) = other {
            next.push(self.compare(other));
        }
        let (show, purpose): (&[&str], _) = match why {
            _ if why.contains("is not in the allowed list") => (&[], "see the name that must be allowed"),
            _ if why.contains("expired") => (&["-dates"], "see until when the client is valid"),
            _ if why.contains("key usage") => (&["-ext", "extendedKeyUsage"], "see what the client is for"),
            _ => (&["-issuer"], "see which CA made the client"),
        };
        next.extend(self.client().map(|client| self.openssl(purpose, show, client)));
        if why.contains("expired") {
            next.extend(self.renew());
        } else if other.is_none() {
            next.push(self.check("find what differs between the client, the ConfigMap and the nodes"));
            if why.contains("unknown authority") && self.answer.setup.reads_config_map() {
                let command = CHECK_CONFIG_MAP.to_owned();
                next.push(Next { why: "judge the ConfigMap as it is now".to_owned(), command });
            }
        }
        next
    }

    /// It passed the request on, and nobody else took it.
    fn after_passing_on(&self) -> Vec<Next> {
        let Some(_) = self.answer.request.certificates.first() else {
            let command = self.again(&["--client-cert", "front-proxy-client.crt"]);
            return vec![Next { why: "ask with a client certificate".to_owned(), command }];
        };
        let knows_front_proxies = self.answer.setup.requestheader_client_ca.loaded().is_some();
        let other = self.answer.server.others.iter().find(|other| self.is_accepted_by(other));
        match (knows_front_proxies, other) {
            (true, _)
                if self.answer.setup.options.requestheader_username_headers.value().is_some_and(Vec::is_empty) =>
            {
                vec![self.check("find the header names that are missing")]
            }
            (true, _) => {
                let headers = self.answer.setup.options.requestheader_username_headers.entries().unwrap_or_default();
                let header = headers.first().copied().unwrap_or("X-Remote-User");
                let command = self.again(&["--header", &format!("{header}: alice")]);
                let why = "ask as kube-apiserver does, which names the user in a header".to_owned();
                vec![Next { why, command }, self.check("judge the set-up")]
            }
            (false, Some(other)) => vec![self.compare(other), self.check("judge the set-up")],
            (false, None) => vec![self.check("find why there is no CA for front proxies")],
        }
    }

    /// Another server, or the ConfigMap, has a CA that the client verifies against.
    fn compare(&self, other: &Setup) -> Next {
        let place = other.invocation.origin.file().name();
        let setup = self.answer.setup;
        let has_own_flags = setup.invocation.component == Component::ExtensionApiServer && !setup.reads_config_map();
        let why = if other.reads_config_map() && has_own_flags {
            format!(
                "the ConfigMap ({place}) has the CA of this client, and --requestheader-client-ca-file names another: take the flag away, or compare them"
            )
        } else {
            format!(
                "another node's CA fits this client, that of {} ({place}): compare the nodes",
                other.invocation.name
            )
        };
        self.check(&why)
    }

    fn is_accepted_by(&self, other: &Setup) -> bool {
        let Some((leaf, sent)) = self.answer.request.certificates.split_first() else { return false };
        let sent = CertificatePool::new(sent.iter().cloned());
        let bundle = other.requestheader_client_ca.loaded();
        bundle.is_some_and(|bundle| path::verify(leaf, bundle.pool(), &sent, self.answer.now).is_ok())
    }

    fn client(&self) -> Option<&Path> {
        self.arguments.client_cert.as_deref()
    }

    fn openssl(&self, why: &str, show: &[&str], client: &Path) -> Next {
        let client = operand(&client.display().to_string());
        let words = [&["openssl", "x509", "-noout", "-subject"], show, &["-in", &client]].concat();
        Next { why: why.to_owned(), command: shell_command(&words) }
    }

    /// A client in kubeadm's layout is issued anew where it lies.
    fn renew(&self) -> Option<Next> {
        let directory = operand(&self.pki_directory()?.display().to_string());
        let command = shell_command(&["aggcert", "renew", &directory]);
        Some(Next { why: "issue the client anew".to_owned(), command })
    }

    /// The directory of the client, in kubeadm's layout. Another one may hold anything.
    fn pki_directory(&self) -> Option<PathBuf> {
        let client = self.client()?;
        let is_front_proxy = client.file_name().is_some_and(|name| name == "front-proxy-client.crt");
        is_front_proxy.then(|| directory_of(client))
    }

    /// `check` with all that is known: the inputs, and the directory of the client.
    fn check(&self, why: &str) -> Next {
        let inputs = &self.arguments.inputs;
        let mut words = vec!["aggcert".to_owned(), "check".to_owned()];
        words.extend(self.places());
        let is_known = |directory: &PathBuf| inputs.paths.contains(directory);
        let of_client = self.pki_directory().filter(|directory| !inputs.flags.is_empty() || !is_known(directory));
        let of_client = of_client.filter(|_| !inputs.paths.is_empty());
        let of_client = of_client.map(|directory| operand(&directory.display().to_string()));
        let why = match &of_client {
            Some(directory) => format!("{why}; the client lies in {directory}"),
            None => why.to_owned(),
        };
        words.extend(of_client);
        words.extend(self.flags());
        Next { why, command: shell_command(&words) }
    }

    /// The same question with something more.
    fn again(&self, more: &[&str]) -> String {
        let mut words = vec!["aggcert".to_owned(), "whoami".to_owned()];
        words.extend(self.arguments.extension.then(|| "--extension".to_owned()));
        words.extend(self.places());
        if let Some(client) = &self.arguments.client_cert {
            words.extend(["--client-cert".to_owned(), client.display().to_string()]);
        }
        for (name, value) in &self.arguments.headers {
            words.extend(["--header".to_owned(), format!("{name}: {value}")]);
        }
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words.extend(self.flags());
        shell_command(&words)
    }

    /// Where the inputs are, as the command line has it.
    fn places(&self) -> Vec<String> {
        let inputs = &self.arguments.inputs;
        let mut words: Vec<String> = inputs.paths.iter().map(|path| operand(&path.display().to_string())).collect();
        for (name, directory) in [("--root", &inputs.root), ("--pki-dir", &inputs.pki_dir)] {
            if let Some(directory) = directory {
                words.extend([name.to_owned(), directory.display().to_string()]);
            }
        }
        words
    }

    fn flags(&self) -> Vec<String> {
        let flags = &self.arguments.inputs.flags;
        let separator = (!flags.is_empty()).then(|| "--".to_owned());
        separator.into_iter().chain(flags.iter().cloned()).collect()
    }
}

fn directory_of(file: &Path) -> PathBuf {
    file.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")).to_owned()
}
