//! `aggcert whoami`.

mod explanation;
mod json;
mod next;
mod server;
mod text;

use std::io::Write;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::inputs::InputArguments;
use super::{BadArguments, Exit, Format};
use crate::model::{
    Authentication, AuthenticatorKind, Cause, Decision, Reason, Request, Setup, Startup, Verdict, start,
};
use crate::source::input::{MAXIMUM_SIZE, read_bytes};
use crate::x509::{Certificate, pem};
use explanation::Explanation;
use next::Next;
use server::Server;

/// Say what kube-apiserver would make of a request: whether it starts, which authenticator decides, who the client is
///
/// Takes a set-up as `check` does, a client's certificate and its headers. Each authenticator says why it knew the
/// client, passed the request on or refused it, with the chain of certificates or the point where it ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert whoami --client-cert kubelet.crt
  aggcert whoami kube-apiserver.yaml --root node1/ \\
      --client-cert front-proxy-client.crt --header 'X-Remote-User: alice' \\
      --header 'X-Remote-Group: system:masters'
  aggcert whoami --client-cert c.crt --at 2027-01-01 -- --client-ca-file=ca.crt
  aggcert whoami --extension config-map.yaml metrics-server.yaml \\
      --client-cert front-proxy-client.crt --header 'X-Remote-User: alice'
  aggcert whoami --extension config-map.yaml --client-cert c.crt \\
      -- --requestheader-client-ca-file=pinned.crt

With --extension: the ConfigMap, the extension server's own flags (its Deployment or Pod, or behind --), or both. A CA by
a flag takes the place of the ConfigMap's. Flags behind -- are the extension server's where the ConfigMap is given too, or
where they name no headers; otherwise kube-apiserver's, and what it would publish counts.

Exit codes: 0 authenticated, 1 refused, anonymous or the server does not start, 2 could not tell.")]
pub(super) struct WhoamiArguments {
    #[command(flatten)]
    inputs: InputArguments,
    /// What the client sends, PEM: its certificate first, then the others; without it, no certificate
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// A header of the request; again for more
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// Answer as an extension API server: by the ConfigMap, by its own flags, or by both
    #[arg(long)]
    extension: bool,
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// All that is known about one request; what both formats show.
#[derive(Debug)]
struct Answer<'a> {
    setup: &'a Setup,
    server: &'a Server,
    startup: Startup,
    request: Request,
    now: OffsetDateTime,
    extension: bool,
    /// The error is why nobody can tell.
    decision: Result<Decision, String>,
    /// For each step of the decision.
    explanations: Vec<Explanation>,
    /// What to run next, where the client is nobody.
    next: Vec<Next>,
}

/// Answers one request.
///
/// # Errors
/// When the arguments do not make one set-up and one request, or the answer cannot be written.
pub(super) fn run(
    arguments: &WhoamiArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let now = arguments.inputs.at.unwrap_or(now);
    let server = arguments.server(now, err)?;
    let (certificates, unparsable) = match &arguments.client_cert {
        Some(path) => client_certificates(path)?,
        None => (Vec::new(), None),
    };
    let request = Request { certificates, headers: arguments.headers.clone() };
    let mut answer = Answer::new(&server, request, unparsable, now, arguments.extension);
    answer.next = next::of(&answer, arguments);
    match arguments.format {
        Format::Text => text::write(&answer, out)?,
        Format::Json => json::write(&answer, out)?,
    }
    Ok(answer.exit())
}

impl<'a> Answer<'a> {
    /// `unparsable` is Go's reason for not taking what the client sends as certificates.
    fn new(
        server: &'a Server,
        request: Request,
        unparsable: Option<String>,
        now: OffsetDateTime,
        extension: bool,
    ) -> Self {
        let setup = &server.setup;
        let mut startup = start(setup, setup.version());
        if let Startup::Starts { assumptions, .. } = &mut startup {
            assumptions.extend(server.not_seen.iter().chain(&setup.invocation.open).cloned());
        }
        let authentication = match &startup {
            Startup::Refuses(refusal) => Err(refusal.message.clone()),
            _ => Authentication::of(setup).map_err(|why| not_told(&why, setup)),
        };
        let decision = authentication.as_ref().map_err(Clone::clone).map(|authentication| match unparsable {
            Some(failure) if authentication.asks_for_certificates() => Decision::of_failed_handshake(failure),
            _ => authentication.authenticate(&request, now),
        });
        let explanations = match (&authentication, &decision) {
            (Ok(authentication), Ok(decision)) => {
                let explain = |step| Explanation::of(step, authentication, setup, &request, now);
                decision.steps.iter().map(explain).collect()
            }
            _ => Vec::new(),
        };
        Self { setup, server, startup, request, now, extension, decision, explanations, next: Vec::new() }
    }

    fn is_starting(&self) -> Option<bool> {
        match self.startup {
            Startup::Starts { .. } => Some(true),
            Startup::Refuses(_) => Some(false),
            Startup::Unknown(_) => None,
        }
    }

    /// Whether the client is somebody; anonymous is nobody.
    fn is_authenticated(&self) -> Option<bool> {
        match (&self.startup, &self.decision) {
            (Startup::Refuses(_), _) => Some(false),
            (_, Err(_)) => None,
            (_, Ok(decision)) => match (decision.authenticator, decision.steps.last().map(|step| &step.verdict)) {
                (_, Some(Verdict::Unknown(_))) => None,
                (authenticator, _) => Some(authenticator.is_some_and(|kind| kind != AuthenticatorKind::Anonymous)),
            },
        }
    }

    fn exit(&self) -> Exit {
        match (self.is_starting(), self.is_authenticated()) {
            (Some(true), Some(true)) => Exit::Done,
            (Some(_), Some(false)) => Exit::Failed,
            (None, _) | (_, None) => Exit::Usage,
            (Some(false), Some(true)) => Exit::Failed,
        }
    }
}

/// Why nobody can tell, and what to do.
fn not_told(why: &Reason, setup: &Setup) -> String {
    if *why.cause() != Cause::SomeFiles {
        return why.with_remedy();
    }
    let flags = [
        ("--client-ca-file", setup.client_ca.flag.is_absent()),
        ("--requestheader-client-ca-file", setup.requestheader_client_ca.flag.is_absent()),
        ("--proxy-client-cert-file", setup.proxy_client.flag.is_absent()),
        ("--proxy-client-key-file", setup.proxy_client_key.flag.is_absent()),
    ];
    let lacking: Vec<&str> = flags.into_iter().filter_map(|(flag, lacks)| lacks.then_some(flag)).collect();
    format!(
        "{} holds no file for {}, so that only a part of the flags is known; put the files there, or give the flags that \
         kube-apiserver gets behind --",
        setup.invocation.name,
        lacking.join(", ")
    )
}

/// `X-Remote-User: alice`, as curl takes it.
fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("give it as 'X-Remote-User: alice'")?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("`{name}` is no header's name; the server would answer 400 Bad Request"));
    }
    // golang.org/x/net `httpguts.ValidHeaderFieldValue`.
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err("a header's value has no control characters; the server would answer 400 Bad Request".to_owned());
    }
    // The blank behind the colon is how headers are written; others may be meant.
    Ok((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()))
}

/// What the client sends, or, beside the readable ones, why a server in Go would not take it.
fn client_certificates(path: &Path) -> anyhow::Result<(Vec<Certificate>, Option<String>)> {
    let bytes = read_bytes(path, MAXIMUM_SIZE).map_err(|error| BadArguments(format!("--client-cert {error}")))?;
    let read: Vec<_> = pem::blocks(&bytes).filter_map(|block| block.certificate()).collect();
    if read.is_empty() {
        let path = path.display();
        let fix = if bytes.starts_with(b"\x30") {
            format!("; `openssl x509 -inform der -in {path}` turns DER into PEM")
        } else {
            String::new()
        };
        return Err(BadArguments(format!("--client-cert {path}: there is no PEM certificate in it{fix}")).into());
    }
    let mut certificates = Vec::new();
    for certificate in read {
        match certificate {
            Ok(certificate) => certificates.push(certificate),
            Err(error) => {
                return Ok((certificates, Some(format!("tls: failed to parse client certificate: {error}"))));
            }
        }
    }
    Ok((certificates, None))
}
