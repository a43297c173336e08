//! `aggcert rotate`

mod arguments;
mod at_once;
mod evidence;
mod kept;
mod live;
mod report;
mod trouble;
mod wait;
mod work;

use std::io::Write;

use anyhow::bail;
use time::OffsetDateTime;

pub(super) use arguments::RotateArguments;
use arguments::{AbortArguments, Action, NextArguments, StartArguments};
use report::Report;
use work::Nodes;

use super::directory;
use super::{BadArguments, Exit};
use crate::pki::{Change, Contents, PkiFile};
use crate::rotation::steps::{self, Authority};
use crate::rotation::{Fix, Illegal, Phase, State, position};
use crate::text::{printable, shell_word};
use crate::x509::Certificate;

/// Looks, or prepares the next step.
///
/// # Errors
/// When a step is refused, or cannot be written.
pub(super) fn run(
    arguments: &RotateArguments,
    now: OffsetDateTime,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Exit> {
    directory::prepare()?;
    let inputs = arguments.action.inputs();
    let mut evidence = inputs.evidence.read()?;
    if let Action::Next(next) = &arguments.action
        && !next.no_wait
    {
        wait::until_arrived(&mut evidence, next, err)?;
    }
    let nodes = Nodes::hold(inputs, err)?;
    evidence.client_cas.extend(nodes.cluster_cas());
    let unknown = evidence.unknown(&nodes.names());
    if !unknown.is_empty() {
        let names = nodes.names().join(", ");
        let unknown = format!("--assume {}: that is none of what a step asks for", unknown.join(", "));
        return Err(
            BadArguments(format!("{unknown}\nhelp: the nodes are {names}; see --help for the other words")).into()
        );
    }
    let rotation = Rotation { nodes: &nodes, evidence: &evidence, now };
    let changed = match &arguments.action {
        Action::Plan(_) | Action::Status(_) => Vec::new(),
        Action::Start(arguments) => rotation.start(arguments)?,
        Action::Next(arguments) => rotation.next(arguments)?,
        Action::Abort(arguments) => rotation.abort(arguments)?,
    };
    if matches!(&arguments.action, Action::Start(start) if start.compromised) {
        evidence.forget();
    }
    let nodes = nodes.read_again();
    let cluster = nodes.cluster(&evidence);
    let position = position(&cluster);
    let with_plan = matches!(arguments.action, Action::Plan(_));
    let report = Report { nodes: &nodes, evidence: &evidence, position: &position, changed: &changed, with_plan, now };
    report.write(inputs.format, out)?;
    Ok(match position {
        Err(_) => Exit::Failed,
        Ok(_) if matches!(arguments.action, Action::Status(_)) && !report.troubles().is_empty() => Exit::Failed,
        Ok(_) if matches!(arguments.action, Action::Status(_)) && !evidence.unseen().is_empty() => Exit::Usage,
        Ok(_) => Exit::Done,
    })
}

/// Whether a node trusts the new CA, and shows its client.
fn has_switched(contents: &Contents, new: &Certificate) -> bool {
    steps::shows(contents, new) && steps::trusts(contents, std::slice::from_ref(new))
}

/// Whether a node trusts the new CA alone, and shows its client.
fn is_done(contents: &Contents, old: &[Certificate], new: &Authority) -> bool {
    has_switched(contents, &new.certificate) && !old.iter().any(|ca| steps::trusts(contents, std::slice::from_ref(ca)))
}

struct Rotation<'a> {
    nodes: &'a Nodes,
    evidence: &'a evidence::Evidence,
    now: OffsetDateTime,
}

impl Rotation<'_> {
    fn position(&self) -> Result<(Phase, Vec<State>), Illegal> {
        position(&self.nodes.cluster(self.evidence))
    }

    /// Changes each directory, unless that ends where clients are refused.
    fn commit(&self, changes: Vec<Change>) -> anyhow::Result<Vec<String>> {
        if let Err(illegal) = position(&self.nodes.cluster_after(&changes, self.evidence))
            && self.position().err().is_none_or(|before| before == illegal)
        {
            bail!(
                "nothing was changed: afterwards {illegal}\nhelp: `aggcert rotate status {}{}` says where it stands, and the \
                 command that is next",
                self.nodes.arguments(),
                self.evidence.given
            );
        }
        self.nodes.write(changes, self.now)
    }

    fn refuse(&self, illegal: &Illegal) -> anyhow::Error {
        anyhow::anyhow!("{illegal}\nhelp: {}", report::fix(illegal, self.nodes, self.evidence))
    }

    /// The new CA goes to every node. A start that was interrupted goes on with the CA that it had made.
    fn start(&self, arguments: &StartArguments) -> anyhow::Result<Vec<String>> {
        if arguments.compromised {
            return self.replace(arguments);
        }
        let position = self.position();
        let pair = match &position {
            Ok((Phase::Still | Phase::Finish { .. }, _)) => None,
            Ok((Phase::Trust { pair, .. } | Phase::Switch { pair, .. }, _)) => Some(pair.clone()),
            Err(illegal) if illegal.fix() == Fix::Start || matches!(illegal, Illegal::NotTrustedAnyMore { .. }) => {
                self.nodes.pair()
            }
            Ok((phase, _)) => bail!(
                "a rotation is in the phase `{}` already\nhelp: go on with `aggcert rotate next {}`{}",
                phase.name(),
                self.nodes.arguments(),
                report::where_another_uses(phase, self.nodes)
            ),
            Err(illegal) => return Err(self.refuse(illegal)),
        };
        if pair.is_none() {
            self.refuse_open_requests()?;
        }
        let wishes = self.wishes(arguments, pair.is_none())?;
        let (old, new) = match pair {
            Some(pair) => {
                self.refuse_ended(&pair.new)?;
                let key_pem = self.nodes.key_of(&pair.new).ok_or_else(|| self.no_key(&pair.new))?;
                (vec![pair.old], Authority { certificate: pair.new, key_pem })
            }
            None => {
                let old = self.nodes.bundle()?;
                let new = Authority::new(&wishes.ca, &old, self.now)?;
                (old, new)
            }
        };
        let keeps_key = !self.nodes.has_ca_key();
        // Who has dropped the old CA does not trust it again for the sake of a node that was left behind.
        let is_over = self.nodes.iter().any(|node| is_done(&node.contents, &old, &new));
        self.commit(self.nodes.changes(|at, contents| {
            let client = wishes.client_of(contents);
            Ok(if is_done(contents, &old, &new) {
                Change::default()
            } else if is_over && !has_switched(contents, &new.certificate) {
                steps::replace(contents, &new, keeps_key && at == 0, &client, self.now)?
            } else {
                steps::trust(contents, &old, &new, keeps_key && at == 0, &client, self.now)?
            })
        })?)
    }

    fn wishes(&self, arguments: &StartArguments, makes_ca: bool) -> anyhow::Result<work::StartWishes> {
        self.nodes.wishes(arguments, &self.evidence.client_cas, makes_ca, self.now)
    }

    /// The key of a request would make room for that of the client that lies ready.
    fn refuse_open_requests(&self) -> anyhow::Result<()> {
        let is_open = |node: &&work::Directory| {
            node.contents.has(PkiFile::NextClientKey) && !node.contents.has(PkiFile::NextClientCertificate)
        };
        let Some(node) = self.nodes.iter().find(is_open) else { return Ok(()) };
        bail!(
            "{} is the key of a request that was not answered yet\nhelp: give the certificate to `aggcert accept CERT {}`, or \
             remove the key where the request is of no use any more",
            node.path_of(PkiFile::NextClientKey.name()),
            directory::argument(&node.path)
        )
    }

    fn no_key(&self, ca: &crate::x509::Certificate) -> anyhow::Error {
        anyhow::anyhow!(
            "the key of the new CA {} is in none of the directories, so that no client can be issued\
             \nhelp: put it back as front-proxy-ca.next.key\
             \nhelp: where {0} is another front proxy's, keep it with `aggcert rotate start {1} --keep-ca {2}`\
             \nhelp: where its key is kept elsewhere, `aggcert request`, `sign` there, and `accept` for each node, when every \
             server trusts it\
             \nhelp: where nobody uses it, `aggcert rotate abort {1}` drops it",
            printable::line(&ca.subject.to_string()),
            self.nodes.arguments(),
            shell_word(&self.nodes.handle(ca))
        )
    }

    fn next(&self, arguments: &NextArguments) -> anyhow::Result<Vec<String>> {
        let (phase, states) = match self.position() {
            Ok(position) => position,
            Err(illegal) => return self.mend(&illegal),
        };
        let too_early = self.evidence.too_early(&phase);
        if !too_early.is_empty() {
            bail!(
                "--assume {}: that directory still holds a client of the old CA\
                 \nhelp: leave it out, and vouch for a node when its kube-apiserver shows the new client and that works",
                too_early.join(", ")
            );
        }
        let missing = self.nodes.missing(&phase, self.evidence, arguments.all);
        if !missing.is_empty() {
            bail!(
                "nothing shows yet that the step before has arrived at: {}\nhelp: {}",
                report::list(&missing),
                report::how_to_show(matches!(phase, Phase::Switch { .. }), &missing)
            );
        }
        match phase {
            // Who repeats the last step has come to the end.
            Phase::Still if self.evidence.knows_config_map() => Ok(Vec::new()),
            Phase::Still => bail!(
                "no rotation is under way: one CA everywhere, and nothing of another\nhelp: after the last step there is nothing \
                 left to do\nhelp: where the CA is to be replaced, `aggcert rotate start {}` begins",
                self.nodes.arguments()
            ),
            Phase::Trust { to_do, .. } => bail!(
                "the new CA is not on {} yet\nhelp: `aggcert rotate start {}` goes on",
                to_do.join(", "),
                self.nodes.arguments()
            ),
            Phase::Switch { pair, .. } => {
                // Node by node: what is wrong with one is seen before the next.
                let first = states.iter().position(|state| *state == State::Trusting);
                self.commit(self.nodes.changes(|at, contents| match states.get(at) {
                    Some(State::Trusting) if arguments.all || Some(at) == first => {
                        Ok(steps::switch(contents, &pair, self.now)?)
                    }
                    _ => Ok(Change::default()),
                })?)
            }
            Phase::Distrust { pair, .. } => self.commit(self.nodes.changes(|at, contents| match states.get(at) {
                Some(State::Switched) => Ok(steps::distrust(contents, &pair, self.nodes.key_of(&pair.new))),
                _ => Ok(Change::default()),
            })?),
            Phase::Clean { .. } => {
                bail!("the ConfigMap still holds a CA that no node has\nhelp: {}", report::clean_command(self.nodes))
            }
            Phase::Finish { .. } => self.finish(),
        }
    }

    /// Out of what must not be.
    fn mend(&self, illegal: &Illegal) -> anyhow::Result<Vec<String>> {
        match illegal {
            Illegal::Order { .. } => self.reorder(),
            Illegal::NotTrustedAnyMore { .. } => self.catch_up(illegal),
            _ if illegal.fix() == Fix::Choose => self.drop_unused(illegal),
            _ => Err(self.refuse(illegal)),
        }
    }

    /// Old keys and dated copies go for good, once the ConfigMap is seen, or vouched for, without the old CA.
    fn finish(&self) -> anyhow::Result<Vec<String>> {
        if !self.evidence.knows_config_map() {
            bail!(
                "nothing shows yet that the ConfigMap holds the new CA alone\nhelp: {}\
                 \nhelp: then give the dump with --config-map FILE, or --assume {}",
                report::clean_command(self.nodes),
                evidence::CLEANED
            );
        }
        self.nodes.destroy_copies(self.now)
    }

    fn reorder(&self) -> anyhow::Result<Vec<String>> {
        let Some(pair) = self.nodes.pair() else { return Ok(Vec::new()) };
        self.commit(self.nodes.changes(|_, contents| {
            let wrong = contents.ca_certificates.present().is_some_and(|bundle| bundle.len() == 2);
            let change = steps::reorder(contents, &pair, self.nodes.key_of(&pair.new));
            let is_same = contents.after(&change).ca_certificates == contents.ca_certificates;
            Ok(if wrong && !is_same { change } else { Change::default() })
        })?)
    }

    /// CAs that take part in no rotation, and that nobody uses as somebody says, leave the bundles.
    fn drop_unused(&self, illegal: &Illegal) -> anyhow::Result<Vec<String>> {
        let unused = self.evidence.unused().map(|name| self.nodes.named(name)).collect::<Result<Vec<_>, _>>()?;
        if unused.is_empty() {
            return Err(self.refuse(illegal));
        }
        if let Some((ca, node)) = unused.iter().find_map(|ca| Some((ca, self.nodes.user_of(ca)?))) {
            bail!(
                "--assume unused:{}: {} shows a client of it\nhelp: leave it out",
                self.nodes.handle(ca),
                node.name()
            );
        }
        self.commit(self.nodes.changes(|_, contents| Ok(steps::without(contents, &unused)))?)
    }

    /// A node that was left behind while others have dropped the old CA already.
    fn catch_up(&self, illegal: &Illegal) -> anyhow::Result<Vec<String>> {
        let pair = self.nodes.pair().ok_or_else(|| self.refuse(illegal))?;
        self.commit(self.nodes.changes(|_, contents| {
            Ok(match steps::shows(contents, &pair.new) {
                true => Change::default(),
                false => steps::switch(contents, &pair, self.now)?,
            })
        })?)
    }

    /// One phase back, node by node; all at once where the clients that are in use are refused.
    fn abort(&self, arguments: &AbortArguments) -> anyhow::Result<Vec<String>> {
        let position = self.position();
        let Some(pair) = self.nodes.pair() else { return self.put_back(&position) };
        if self.nodes.iter().any(|node| !steps::trusts(&node.contents, std::slice::from_ref(&pair.old))) {
            bail!(
                "a node does not trust the old CA any more: that cannot be taken back\
                 \nhelp: go on with `aggcert rotate next {}`",
                self.nodes.arguments()
            );
        }
        let switched = self.places(|node| steps::shows(&node.contents, &pair.new));
        // Who shows a client that is refused loses nothing; no other state says that the way back is open.
        let is_refused = position.is_err_and(|illegal| illegal.fix() == Fix::Abort);
        if !is_refused {
            self.refuse_missing(&self.nodes.missing_to_go_back(&pair, self.evidence, arguments.all))?;
        }
        let last = switched.last().filter(|_| !arguments.all && !is_refused);
        let changes = self.nodes.iter().enumerate().map(|(at, node)| {
            let is_next = switched.contains(&at) && last.is_none_or(|last| *last == at);
            let holds_new = steps::trusts(&node.contents, std::slice::from_ref(&pair.new));
            Ok(match (is_next, switched.is_empty() && holds_new) {
                (true, _) => steps::switch_back(&node.contents, &node.former()?, &pair, self.now)?,
                (_, true) => steps::untrust(&node.contents, &pair),
                _ => Change::default(),
            })
        });
        self.commit(changes.collect::<anyhow::Result<Vec<_>>>()?)
    }

    /// The places of the nodes of which something is so.
    fn places(&self, is_so: impl Fn(&work::Directory) -> bool) -> Vec<usize> {
        self.nodes.iter().enumerate().filter(|(_, node)| is_so(node)).map(|(at, _)| at).collect()
    }

    fn refuse_missing(&self, missing: &[evidence::Missing]) -> anyhow::Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        bail!(
            "nothing shows yet that the way back is open at: {}\nhelp: {}",
            report::list(missing),
            report::how_to_show(true, missing)
        )
    }
}
