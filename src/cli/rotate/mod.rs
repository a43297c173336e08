//! `aggcert rotate`

mod arguments;
mod evidence;
mod live;
mod report;
mod wait;
mod work;

use std::io::Write;

use anyhow::bail;
use time::OffsetDateTime;

pub(super) use arguments::RotateArguments;
use arguments::{Action, NextArguments, StartArguments};
use report::Report;
use work::Nodes;

use super::Exit;
use super::directory;
use crate::rotation::steps::{self, Authority};
use crate::rotation::{Fix, Illegal, Phase, State, position};

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
        wait::until_arrived(inputs, &mut evidence, next.timeout, err)?;
    }
    let nodes = Nodes::hold(&inputs.nodes, err)?;
    let rotation = Rotation { nodes: &nodes, evidence: &evidence, now };
    let changed = match &arguments.action {
        Action::Plan(_) | Action::Status(_) => Vec::new(),
        Action::Start(arguments) => rotation.start(arguments)?,
        Action::Next(arguments) => rotation.next(arguments)?,
        Action::Abort(_) => rotation.abort()?,
    };
    let nodes = nodes.read_again();
    let cluster = nodes.cluster(&evidence);
    let position = position(&cluster);
    let with_plan = matches!(arguments.action, Action::Plan(_));
    let report = Report { nodes: &nodes, evidence: &evidence, position: &position, changed: &changed, with_plan, now };
    report.write(inputs.format, out)?;
    Ok(match position {
        Err(_) => Exit::Failed,
        Ok(_) if matches!(arguments.action, Action::Status(_)) && !evidence.unseen().is_empty() => Exit::Usage,
        Ok(_) => Exit::Done,
    })
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
            Err(illegal) if illegal.fix() == Fix::Start => self.nodes.pair(),
            Ok((phase, _)) => bail!(
                "a rotation is in the phase `{}` already\nhelp: go on with `aggcert rotate next {}`",
                phase.name(),
                self.nodes.arguments()
            ),
            Err(illegal) => return Err(self.refuse(illegal)),
        };
        let wishes = self.nodes.wishes(arguments, pair.is_none(), self.now)?;
        let (old, new) = match pair {
            Some(pair) => {
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
        self.nodes.commit(self.now, |at, contents| {
            let mut client = wishes.client_of(contents);
            client.ca_common_name.clone_from(&wishes.ca.ca_common_name);
            Ok(steps::trust(contents, &old, &new, keeps_key && at == 0, &client, self.now)?)
        })
    }

    fn no_key(&self, ca: &crate::x509::Certificate) -> anyhow::Error {
        anyhow::anyhow!(
            "the key of the new CA {} is in none of the directories, so that no client can be issued\
             \nhelp: put it back as front-proxy-ca.next.key, or take the start back with `aggcert rotate abort {}`",
            ca.subject,
            self.nodes.arguments()
        )
    }

    /// `--compromised`: no overlap.
    fn replace(&self, arguments: &StartArguments) -> anyhow::Result<Vec<String>> {
        if !arguments.accept_outage {
            bail!(
                "a CA whose key was stolen is replaced at once: until every node and extension API server has the new \
                 one, aggregated APIs answer 401\nhelp: announce the outage, then give --accept-outage"
            );
        }
        // A run that was interrupted has given the new CA to some nodes.
        let begun = self.nodes.pair().map(|pair| pair.new);
        let known = begun.and_then(|new| Some((self.nodes.key_of(&new)?, new)));
        let wishes = self.nodes.wishes(arguments, known.is_none(), self.now)?;
        let new = match known {
            Some((key_pem, certificate)) => Authority { certificate, key_pem },
            None => Authority::new(&wishes.ca, &self.nodes.bundle()?, self.now)?,
        };
        self.nodes.commit(self.now, |_, contents| {
            let is_done = contents.ca_certificates.present().is_some_and(|bundle| *bundle == [new.certificate.clone()]);
            if is_done {
                return Ok(crate::pki::Change::default());
            }
            Ok(steps::replace(contents, &new, &wishes.client_of(contents), self.now)?)
        })
    }

    fn next(&self, arguments: &NextArguments) -> anyhow::Result<Vec<String>> {
        let (phase, states) = match self.position() {
            Ok(position) => position,
            Err(Illegal::Order { .. }) => return self.reorder(),
            Err(illegal @ Illegal::NotTrustedAnyMore { .. }) => return self.catch_up(&illegal),
            Err(illegal) => return Err(self.refuse(&illegal)),
        };
        let too_early = self.evidence.too_early(&phase);
        if !too_early.is_empty() {
            bail!(
                "--assume {}: that directory still holds a client of the old CA\
                 \nhelp: leave it out, and vouch for a node when its kube-apiserver shows the new client and that works",
                too_early.join(", ")
            );
        }
        let missing = self.evidence.missing(&phase, &self.nodes.names());
        if !missing.is_empty() {
            bail!(
                "nothing shows yet that the step before has arrived at: {}\nhelp: {}",
                report::list(&missing),
                report::how_to_show(&phase, &missing)
            );
        }
        match phase {
            Phase::Still => bail!(
                "no rotation is under way\nhelp: begin one with `aggcert rotate start {}`",
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
                self.nodes.commit(self.now, |at, contents| match states.get(at) {
                    Some(State::Trusting) if arguments.all || Some(at) == first => {
                        Ok(steps::switch(contents, &pair, self.now)?)
                    }
                    _ => Ok(crate::pki::Change::default()),
                })
            }
            Phase::Distrust { pair, .. } => self.nodes.commit(self.now, |at, contents| match states.get(at) {
                Some(State::Switched) => Ok(steps::distrust(contents, &pair)),
                _ => Ok(crate::pki::Change::default()),
            }),
            Phase::Clean { .. } => {
                bail!("the ConfigMap still holds a CA that no node has\nhelp: {}", report::clean_command(self.nodes))
            }
            Phase::Finish { .. } => self.finish(),
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
        self.nodes.destroy_copies()
    }

    fn reorder(&self) -> anyhow::Result<Vec<String>> {
        let Some(pair) = self.nodes.pair() else { return Ok(Vec::new()) };
        self.nodes.commit(self.now, |_, contents| {
            let wrong = contents.ca_certificates.present().is_some_and(|bundle| bundle.len() == 2);
            let change = steps::reorder(contents, &pair);
            let is_same = contents.after(&change).ca_certificates == contents.ca_certificates;
            Ok(if wrong && !is_same { change } else { crate::pki::Change::default() })
        })
    }

    /// A node that was left behind while others have dropped the old CA already.
    fn catch_up(&self, illegal: &Illegal) -> anyhow::Result<Vec<String>> {
        let pair = self.nodes.pair().ok_or_else(|| self.refuse(illegal))?;
        self.nodes.commit(self.now, |_, contents| {
            let holds_both = contents.ca_certificates.present().is_some_and(|bundle| bundle.len() == 2);
            let change = if holds_both { steps::switch(contents, &pair, self.now).ok() } else { None };
            Ok(change.unwrap_or_default())
        })
    }

    /// One phase back.
    fn abort(&self) -> anyhow::Result<Vec<String>> {
        let pair = match self.position() {
            Ok((Phase::Trust { pair, .. } | Phase::Switch { pair, .. } | Phase::Distrust { pair, .. }, states)) => {
                if states.contains(&State::After) {
                    bail!(
                        "a node does not trust the old CA any more: that cannot be taken back\
                         \nhelp: go on with `aggcert rotate next {}`",
                        self.nodes.arguments()
                    );
                }
                pair
            }
            Ok((phase, _)) => bail!("there is nothing to take back in the phase `{}`", phase.name()),
            Err(illegal) => self.nodes.pair().ok_or_else(|| self.refuse(&illegal))?,
        };
        let switched = self.nodes.any_client_of(&pair.new);
        self.nodes.commit_with_former(self.now, |contents, former| {
            let shows_new = contents
                .client_certificates
                .present()
                .is_some_and(|client| client.iter().any(|certificate| certificate.is_signed_by(&pair.new)));
            let holds_new = contents.ca_certificates.present().is_some_and(|bundle| bundle.contains(&pair.new));
            match (switched, shows_new, holds_new) {
                (true, true, _) => Ok(steps::switch_back(contents, former, &pair, self.now)?),
                (false, false, true) => Ok(steps::untrust(contents, &pair)),
                _ => Ok(crate::pki::Change::default()),
            }
        })
    }
}
