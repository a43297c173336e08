//! `aggcert renew`

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;
use time::OffsetDateTime;

use super::Exit;
use super::directory::{self, Asked, CaArguments, Held, Judging, Outcome, Renewal, argument};
use crate::emit::{FlagSet, flags_for, renewal_units};
use crate::pki::profile::common_name;
use crate::pki::{
    CLIENT_VALIDITY, CaPlan, Change, Contents, KeyAlgorithm, Likeness, PkiFile, Plan, Replace, Request, Store,
    Validity, Wishes, client_fits, due_at, hazards, make, plan,
};
use crate::text::printable;
use crate::x509::Certificate;

/// Issue a new client certificate from the same CA
///
/// The new client has the common name, the kind of key and the validity of the one before, unless told otherwise, and
/// never ends after its CA. Both files are replaced so that a running kube-apiserver notices at once and needs no
/// restart; copies of the old ones are kept under dated names. With --if-due it can run from a timer.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  aggcert renew /etc/kubernetes/pki                     # now
  aggcert renew /etc/kubernetes/pki --if-due            # after two thirds of it
  aggcert renew pki --if-ends-within 30d --format json  # from a program
  aggcert renew pki --ca-cert ca.crt --ca-key ca.key    # a CA from elsewhere
  aggcert renew /etc/kubernetes/pki --format systemd    # print unit and timer

Where the CA's key is on another machine, `aggcert request` and `aggcert accept` do the same.

Exit codes:
  0  the client is renewed, or not due
  1  something is in the way, or could not be written, or the CA ends and has to be replaced first
  2  the arguments make no sense")]
pub(super) struct RenewArguments {
    /// Directory that holds front-proxy-ca.crt and the client
    #[arg(value_name = "DIR", default_value = "./pki")]
    pub directory: PathBuf,

    /// Do nothing before two thirds of the client's life are over
    #[arg(long, conflicts_with = "if_ends_within", help_heading = "When")]
    pub if_due: bool,

    /// Do nothing unless the client ends within this time: days (d), hours (h) or years (y); less than its whole life
    #[arg(long, value_name = "TIME", help_heading = "When")]
    pub if_ends_within: Option<Validity>,

    /// Common name of the new client; every extension API server must allow it before it is used [default: as before]
    #[arg(long, value_name = "NAME", value_parser = common_name, help_heading = "What to make")]
    pub client_common_name: Option<String>,

    /// How long the new client is valid; never longer than its CA [default: as before]
    #[arg(long, value_name = "TIME", help_heading = "What to make")]
    pub client_validity: Option<Validity>,

    /// Kind of its key; kubeadm cannot load Ed25519 keys [default: as before]
    #[arg(long, value_name = "ALGORITHM", value_enum, help_heading = "What to make")]
    pub key_algorithm: Option<KeyAlgorithm>,

    #[command(flatten)]
    pub ca: CaArguments,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,

    /// How to say what was done
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// A systemd unit and its timer that run this command, with --if-due unless told otherwise; nothing is renewed
    Systemd,
}

/// Renews the client.
///
/// # Errors
/// When something is in the way, cannot be read or cannot be written.
pub(super) fn run(
    arguments: &RenewArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    if arguments.format == Format::Systemd {
        let directory = directory::server_directory(None, &arguments.directory)?;
        out.write_all(renewal_units(&program(), &directory, &arguments.of_timer()?).as_bytes())?;
        return Ok(Exit::Done);
    }
    directory::prepare()?;
    let request = arguments.ca.request(&arguments.directory, Replace::Client)?;
    let store = directory::open(&arguments.directory)?;
    let outcome = if arguments.dry_run {
        let contents = directory::look(&store, &arguments.directory)?;
        let renewal = Renewer { arguments, request: &request, contents: &contents, now };
        renewal.rehearse(&store)?
    } else {
        let held = directory::hold(store, &arguments.directory, err)?;
        let contents = Contents::read(&held.store);
        let renewal = Renewer { arguments, request: &request, contents: &contents, now };
        renewal.perform(held, err)?
    };
    match arguments.format {
        Format::Json => directory::write_json(&outcome, out)?,
        Format::Text | Format::Systemd => directory::write_text(&outcome, out)?,
    }
    Ok(Exit::Done)
}

impl RenewArguments {
    /// The options of the command that a timer runs, all that are given here, each path as every directory sees it.
    fn of_timer(&self) -> anyhow::Result<Vec<String>> {
        let when = self.if_ends_within.map_or_else(|| "--if-due".to_owned(), |time| format!("--if-ends-within={time}"));
        let text = |name: &str, value: Option<String>| value.map(|value| format!("--{name}={value}"));
        let file = |name: &str, path: Option<&PathBuf>| match path {
            Some(path) => {
                let path = std::path::absolute(path).with_context(|| format!("--{name} {}", path.display()))?;
                anyhow::Ok(Some(format!("--{name}={}", path.display())))
            }
            None => Ok(None),
        };
        let options = [
            Some(when),
            text("client-common-name", self.client_common_name.clone()),
            text("client-validity", self.client_validity.map(|time| time.to_string())),
            text("key-algorithm", self.key_algorithm.map(|algorithm| algorithm.to_string())),
            file("ca-cert", self.ca.ca_cert.as_ref())?,
            file("ca-key", self.ca.ca_key.as_ref())?,
            file("client-ca-file", self.ca.client_ca_file.as_ref())?,
        ];
        Ok(options.into_iter().flatten().collect())
    }
}

/// The path of this program; where it cannot be told, the usual one.
fn program() -> String {
    let path = std::env::current_exe().and_then(|path| path.canonicalize()).ok();
    let path = path.and_then(|path| path.into_os_string().into_string().ok());
    path.unwrap_or_else(|| "/usr/local/bin/aggcert".to_owned())
}

struct Renewer<'a> {
    arguments: &'a RenewArguments,
    request: &'a Request,
    contents: &'a Contents,
    now: OffsetDateTime,
}

impl Renewer<'_> {
    fn rehearse(&self, store: &Store<'_>) -> anyhow::Result<Outcome> {
        if let Some(due_at) = self.not_due() {
            return Ok(self.kept(due_at));
        }
        let plan = plan(self.request, self.contents, self.now)?;
        self.is_not_in_vain(&plan)?;
        directory::refuse_links(store, &plan.retire)?;
        let asked = self.asked()?;
        let warnings = self.other_name().into_iter().chain(self.too_long()).collect();
        let outcome = Outcome::new(asked, &plan, self.contents, None, self.now);
        Ok(Outcome { renewal: Some(Renewal::Due), warnings, ..outcome })
    }

    fn perform(&self, held: Held, err: &mut dyn Write) -> anyhow::Result<Outcome> {
        let Held { store, recovery } = held;
        if let Some(due_at) = self.not_due() {
            return Ok(self.kept(due_at).finishing(recovery));
        }
        let plan = plan(self.request, self.contents, self.now)?;
        self.is_not_in_vain(&plan)?;
        let asked = self.asked()?;
        if asked.wishes.key_algorithm.takes_long() {
            writeln!(err, "making an {} key; this can take a while", asked.wishes.key_algorithm)?;
        }
        let made = make(&plan, &asked.wishes, self.now)?;
        let (flags, mut warnings) = self.judge(&made.change)?;
        warnings.splice(..0, self.other_name().into_iter().chain(self.too_long()));
        let retired = directory::commit(&store, &made.change, self.now)?;
        let outcome = Outcome::new(asked, &plan, &Contents::read(&store), Some(flags), self.now);
        let renewal = Some(Renewal::Due);
        let hazards = hazards(&store, &PkiFile::SERVED)?;
        Ok(Outcome { recovery, retired, client_cut: made.client_cut, warnings, hazards, renewal, ..outcome })
    }

    /// The client and its bundle, if it works.
    fn working(&self) -> Option<(&Certificate, &[Certificate])> {
        let client = self.contents.client_certificates.present()?;
        let key = self.contents.client_key.present()?;
        let ca = self.contents.ca_certificates.present()?;
        client_fits(client, &key.key, ca, self.now).ok()?;
        Some((client.first()?, ca))
    }

    /// A timer that makes a key a day and wins no time would hide that the CA has to be replaced.
    ///
    /// # Errors
    /// When a client that works would be followed by one that ends no later.
    fn is_not_in_vain(&self, plan: &Plan) -> anyhow::Result<()> {
        let is_timed = self.arguments.if_due || self.arguments.if_ends_within.is_some();
        let Some((leaf, _)) = self.working().filter(|_| is_timed) else { return Ok(()) };
        let (CaPlan::Keep(ca) | CaPlan::Copy(ca)) = &plan.ca else { return Ok(()) };
        if ca.certificate.not_after > leaf.not_after {
            return Ok(());
        }
        let directory = &self.arguments.directory;
        bail!(
            "the client in {} ends on {}, and its CA, {}, on {}: no new client of that CA ends later\
             \nhelp: replace the CA, beginning with `aggcert rotate start {}`",
            directory.display(),
            leaf.not_after.date(),
            printable::line(&ca.certificate.subject.to_string()),
            ca.certificate.not_after.date(),
            argument(directory)
        )
    }

    /// From when on the client is due; `None`: it is to be renewed now, as one is that does not work, whatever its dates.
    fn not_due(&self) -> Option<OffsetDateTime> {
        let (leaf, ca) = self.working()?;
        let due_at = match self.arguments.if_ends_within {
            Some(time) if self.too_long().is_none() => leaf.not_after - time.length(),
            None if !self.arguments.if_due => return None,
            _ => due_at(leaf, ca),
        };
        (self.now < due_at).then_some(due_at)
    }

    /// Every client would be due as soon as it is made, and a timer would make one at each run.
    fn too_long(&self) -> Option<String> {
        let time = self.arguments.if_ends_within?;
        let life = self.wishes(String::new()).client_validity;
        (time >= life).then(|| {
            format!(
                "--if-ends-within {time} is no less than the whole life of a client, {life}, and would renew at every run: it \
                 counts as --if-due; give less, or more as --client-validity"
            )
        })
    }

    fn kept(&self, due_at: OffsetDateTime) -> Outcome {
        let asked = Asked {
            directory: self.arguments.directory.clone(),
            dry_run: self.arguments.dry_run,
            wishes: self.wishes(String::new()),
            idle_options: Vec::new(),
        };
        let outcome = Outcome::of_what_is_there(asked, self.contents, self.now);
        let warnings = self.too_long().into_iter().collect();
        Outcome { renewal: Some(Renewal::NotDue(due_at)), warnings, ..outcome }
    }

    fn asked(&self) -> anyhow::Result<Asked> {
        Ok(Asked {
            directory: self.arguments.directory.clone(),
            dry_run: self.arguments.dry_run,
            wishes: self.wishes(self.common_name()?),
            idle_options: Vec::new(),
        })
    }

    fn likeness(&self) -> Option<Likeness> {
        let client = self.contents.client_certificates.present()?.first()?;
        Some(Likeness::of(client, self.contents.ca_certificates.present().map_or(&[], Vec::as_slice)))
    }

    fn common_name(&self) -> anyhow::Result<String> {
        if let Some(name) = &self.arguments.client_common_name {
            return Ok(name.clone());
        }
        match self.likeness() {
            Some(likeness) => likeness
                .common_name
                .context("the name of the client that is there cannot be kept\nhelp: give --client-common-name"),
            None => bail!(
                "{} holds no client certificate that can be read, so its name is not known\
                 \nhelp: give the name that --requestheader-allowed-names lists with --client-common-name",
                self.arguments.directory.display()
            ),
        }
    }

    /// What has to be done before the client is used, when it is called otherwise than the one before.
    fn other_name(&self) -> Option<String> {
        let before = self.likeness()?.common_name.ok()?;
        let wanted = self.arguments.client_common_name.as_ref().filter(|wanted| **wanted != before)?;
        Some(format!(
            "the client is called {wanted} now, and was called {before}: before any server gets it, list both names in \
             --requestheader-allowed-names of every kube-apiserver (and of extension API servers that have the flag) and \
             restart them; otherwise aggregated APIs answer 401"
        ))
    }

    fn wishes(&self, client_common_name: String) -> Wishes {
        let likeness = self.likeness();
        let key_algorithm = likeness.as_ref().and_then(|before| before.key_algorithm);
        let client_validity = likeness.map(|before| before.validity);
        Wishes {
            key_algorithm: self.arguments.key_algorithm.or(key_algorithm).unwrap_or_default(),
            client_common_name,
            client_validity: self.arguments.client_validity.or(client_validity).unwrap_or(CLIENT_VALIDITY),
            ..Wishes::default()
        }
    }

    fn judge(&self, change: &Change) -> anyhow::Result<(FlagSet, Vec<String>)> {
        let directory = &self.arguments.directory;
        let contents = self.contents.after(change);
        let client_ca_file = self.arguments.ca.client_ca_file.as_deref();
        let warnings = Judging { directory, contents: &contents, change, client_ca_file }.warnings(self.now)?;
        let pki_dir = directory::server_directory(None, directory)?;
        Ok((flags_for(&contents, directory, &pki_dir, self.now)?, warnings))
    }
}
