//! Where a rotation stands, for people and for programs.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use time::OffsetDateTime;

use super::super::Format;
use super::super::directory::{argument, copy_command as copy_of, files_below, has_files};
use super::evidence::{CONFIG_MAP, DUMP, Evidence, Missing, assumption, is_switch, is_unused};
use super::trouble::{Standing, Trouble};
use super::work::{Directory, Nodes};
use crate::kubernetes::names::get_config_map;
use crate::pki::{Entry, Kept, KeyFile, PkiFile};
use crate::rotation::{Fix, Illegal, Pair, Phase, State};
use crate::text::{json, printable, rfc3339, shell_word};
use crate::x509::Certificate;

/// How a dump of the ConfigMap is made.
const FETCH: &str = get_config_map!("yaml > cm.yaml");

pub(super) struct Report<'a> {
    pub nodes: &'a Nodes,
    pub evidence: &'a Evidence,
    pub position: &'a Result<(Phase, Vec<State>), Illegal>,
    pub changed: &'a [String],
    pub with_plan: bool,
    pub now: OffsetDateTime,
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// `null`: the state is illegal.
    phase: Option<&'static str>,
    illegal: Option<String>,
    old: Option<String>,
    new: Option<String>,
    /// What `--keep-ca` names.
    kept: Vec<String>,
    nodes: Vec<NodeSummary>,
    /// What was written or destroyed by this run.
    changed: &'a [String],
    /// Vouched for by the user, not seen.
    assumed: &'a [String],
    /// What the next step is still without.
    missing: Vec<String>,
    /// What of the files does not work by itself.
    troubles: Vec<String>,
    /// What the last step destroys, and copies that it leaves.
    to_destroy: Vec<String>,
    left: Vec<String>,
    /// Of a running cluster.
    servers: Vec<ServerSummary>,
    next: String,
}

#[derive(Serialize)]
struct NodeSummary {
    name: String,
    state: Option<&'static str>,
    /// When the client that it shows ended; `null`: it has not.
    client_ended: Option<String>,
}

#[derive(Serialize)]
struct ServerSummary {
    name: String,
    /// Whether it accepts clients of the new CA; `null`: that is not known.
    accepts_new: Option<bool>,
    why: Option<String>,
}

impl Report<'_> {
    pub(super) fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => self.write_text(out),
            Format::Json => {
                json::write_pretty(out, &self.document())?;
                writeln!(out)
            }
        }
    }

    fn pair(&self) -> Option<&Pair> {
        match self.position {
            Ok((Phase::Trust { pair, .. } | Phase::Switch { pair, .. } | Phase::Distrust { pair, .. }, _)) => {
                Some(pair)
            }
            _ => None,
        }
    }

    /// What each server of the cluster says of the new CA.
    fn servers(&self) -> Vec<ServerSummary> {
        let Some(pair) = self.pair() else { return Vec::new() };
        let servers = self.evidence.live.iter().flat_map(|live| &live.servers);
        let summary = |server: &super::live::Server| ServerSummary {
            name: server.name.clone(),
            accepts_new: server.accepts(&pair.new),
            why: server.accepts.as_ref().err().cloned(),
        };
        servers.map(summary).collect()
    }

    /// The client of a file, where it has ended.
    fn ended<'c>(&self, entry: &'c Entry<Vec<Certificate>>) -> Option<&'c Certificate> {
        entry.present().and_then(|client| client.first()).filter(|leaf| leaf.not_after < self.now)
    }

    fn start(&self) -> String {
        format!("aggcert rotate start {}", self.nodes.arguments())
    }

    fn write_servers(&self, out: &mut dyn Write) -> io::Result<()> {
        let servers = self.servers();
        if !servers.is_empty() {
            writeln!(out, "\nServers that were asked:\n")?;
        }
        for ServerSummary { name, accepts_new, why } in servers {
            let said = match accepts_new {
                Some(true) => "accepts clients of the new CA".to_owned(),
                Some(false) => "does not accept clients of the new CA yet".to_owned(),
                None => format!("not known: {}", why.unwrap_or_default()),
            };
            writeln!(out, "  {}  {}", printable::line(&name), printable::line(&said))?;
        }
        for what in self.evidence.unseen() {
            writeln!(out, "\nNot seen: {}", printable::line(&what))?;
        }
        match self.pair().and_then(|pair| self.evidence.caveat(pair)) {
            Some(caveat) => writeln!(out, "\nBut {}", printable::line(&caveat)),
            None => Ok(()),
        }
    }

    /// Whether a node may still have the files of the step before: a run that was interrupted has not said so.
    fn is_under_way(&self) -> bool {
        !self.changed.is_empty() || !matches!(self.position, Ok((Phase::Still, _)) | Err(_))
    }

    /// What does not work, whatever the position is.
    pub(super) fn troubles(&self) -> Vec<Trouble> {
        let states = self.position.as_ref().map(|(_, states)| states.as_slice()).unwrap_or_default();
        let pair = self.pair();
        let has_key = pair.is_some_and(|pair| self.nodes.key_of(&pair.new).is_some());
        let (all, now) = (self.nodes.arguments(), self.now);
        let standing = |at| Standing { all: all.clone(), state: states.get(at).copied(), has_key, now };
        self.nodes.iter().enumerate().flat_map(|(at, node)| standing(at).troubles(node, pair)).collect()
    }

    /// Files that matter in the last step alone.
    fn at_the_end(&self, files: impl Fn(&Nodes) -> Vec<String>) -> Vec<String> {
        let is_end = matches!(self.position, Ok((Phase::Finish { .. }, _)));
        if is_end { files(self.nodes) } else { Vec::new() }
    }

    fn missing(&self) -> Vec<Missing> {
        match self.position {
            Ok((phase, _)) => self.nodes.missing(phase, self.evidence, false),
            Err(_) => Vec::new(),
        }
    }

    fn next(&self) -> String {
        let arguments = self.nodes.arguments();
        if let Some(trouble) = self.mended_first() {
            return trouble.fix;
        }
        match self.position {
            Err(illegal) => fix(illegal, self.nodes, self.evidence),
            Ok((Phase::Still, _)) if !self.troubles().is_empty() => {
                self.troubles().into_iter().map(|trouble| trouble.fix).next().unwrap_or_default()
            }
            Ok((Phase::Still | Phase::Trust { .. }, _)) => self.start(),
            Ok((phase @ (Phase::Switch { .. } | Phase::Distrust { .. }), _)) => {
                // Who trusts the new CA has no business in what comes after the switch: the command could be repeated.
                let missing = self.missing();
                let missing = missing.iter().filter(|missing| !missing.comes).map(|missing| missing.name.as_str());
                let missing = missing.filter(|name| !is_unused(name));
                let vouched = self.evidence.assumed.iter().map(String::as_str);
                let vouched = vouched.filter(|name| matches!(phase, Phase::Switch { .. }) || is_switch(name));
                let assume = vouched.chain(missing).map(assumption).collect::<String>();
                format!("aggcert rotate next {arguments}{}{assume}", self.evidence.given)
            }
            Ok((Phase::Clean { .. }, _)) => clean_command(self.nodes),
            Ok((Phase::Finish { .. }, _)) if self.is_config_map_unseen() => {
                format!("aggcert rotate next {arguments} --config-map {DUMP}")
            }
            Ok((Phase::Finish { .. }, _)) => format!("aggcert rotate next {arguments}{}", self.evidence.given),
        }
    }

    /// Whether the old CA may still be in the ConfigMap, where extension API servers trust it.
    fn is_config_map_unseen(&self) -> bool {
        // Who vouched for it did so before what was changed just now.
        let vouched = self.changed.is_empty() && self.evidence.knows_config_map();
        matches!(self.position, Ok((Phase::Finish { .. }, _))) && self.evidence.config_map.is_none() && !vouched
    }

    fn document(&self) -> Document<'_> {
        let subject = |ca: &Certificate| ca.subject.to_string();
        let states = self.position.as_ref().map(|(_, states)| states.clone()).unwrap_or_default();
        let nodes = self.nodes.names().into_iter().enumerate();
        Document {
            schema_version: 1,
            phase: self.position.as_ref().ok().map(|(phase, _)| phase.name()),
            illegal: self.position.as_ref().err().map(ToString::to_string),
            old: self.pair().map(|pair| subject(&pair.old)),
            new: self.pair().map(|pair| subject(&pair.new)),
            kept: self.nodes.kept().iter().map(subject).collect(),
            nodes: nodes
                .zip(self.nodes.iter())
                .map(|((at, name), node)| {
                    let client_ended =
                        self.ended(&node.contents.client_certificates).map(|leaf| rfc3339(leaf.not_after));
                    NodeSummary { name, state: states.get(at).map(|state| word(*state)), client_ended }
                })
                .collect(),
            changed: self.changed,
            assumed: &self.evidence.assumed,
            missing: self.missing().into_iter().map(|missing| missing.name).collect(),
            troubles: self.troubles().into_iter().map(|trouble| trouble.what).collect(),
            to_destroy: self.at_the_end(Nodes::to_destroy),
            left: self.at_the_end(Nodes::copies_of_others),
            servers: self.servers(),
            next: self.next(),
        }
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.position {
            Ok((Phase::Still, _)) if !self.evidence.unseen().is_empty() => {
                writeln!(out, "The directories hold one CA; whether the cluster does is not known.")?;
            }
            Ok(_) if self.is_config_map_unseen() => {
                writeln!(out, "One CA in all directories; step 4 of 5, clean: what the ConfigMap holds was not shown")?;
            }
            Ok((phase, _)) => writeln!(out, "{}", headline(phase))?,
            Err(illegal) => writeln!(out, "This must not be: {illegal}")?,
        }
        if let Some(pair) = self.pair() {
            writeln!(out)?;
            for (title, ca) in [("old", &pair.old), ("new", &pair.new)] {
                let subject = ca.subject.to_string();
                writeln!(out, "  {title}  {}, until {}", printable::line(&subject), ca.not_after.date())?;
            }
            if pair.new.not_after < pair.old.not_after {
                writeln!(out, "\nThe new CA ends before the old one.")?;
            }
        }
        if !self.nodes.kept().is_empty() {
            let kept = self.nodes.kept().iter().map(|ca| printable::line(&ca.subject.to_string()).into_owned());
            writeln!(out, "\nKept, and no part of this: {}", kept.collect::<Vec<_>>().join(", "))?;
        }
        if let Ok((_, states)) = self.position {
            writeln!(out)?;
            for (name, state) in self.nodes.names().iter().zip(states) {
                writeln!(out, "  {name}  {state}")?;
            }
        }
        for Trouble { what, fix, .. } in self.troubles() {
            writeln!(out, "\n{what}\n    {fix}")?;
        }
        self.write_servers(out)?;
        if !self.changed.is_empty() {
            writeln!(out, "\nChanged:\n")?;
            self.changed.iter().try_for_each(|path| writeln!(out, "  {path}"))?;
        }
        if !self.evidence.assumed.is_empty() {
            writeln!(out, "\nAssumed, not seen: {}", self.evidence.assumed.join(", "))?;
        }
        if self.with_plan {
            write_plan(out)?;
        }
        self.write_next(out)
    }

    /// What has to be mended before anything else: a server does not start with it, and is not to be given it.
    fn mended_first(&self) -> Option<Trouble> {
        self.troubles().into_iter().find(|trouble| trouble.ends_start)
    }

    fn write_next(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\nNext:\n")?;
        match self.mended_first() {
            Some(trouble) => self.write_mending(&trouble, out),
            None => self.write_going_on(out),
        }
    }

    fn write_mending(&self, trouble: &Trouble, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "  # before anything else: kube-apiserver does not start with these files; bring them to no node"
        )?;
        writeln!(out, "    {}", trouble.fix)?;
        writeln!(out, "  # then look at what is to be done")?;
        writeln!(out, "    aggcert rotate status {}{}", self.nodes.arguments(), self.evidence.given)
    }

    fn write_going_on(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.is_under_way() {
            writeln!(
                out,
                "  # bring the files to each node, where they are not there yet; key and certificate back to back"
            )?;
            for node in self.nodes.iter() {
                writeln!(out, "    {}", copy_command(node))?;
            }
        }
        self.write_way_back(out)?;
        self.write_key_from_elsewhere(out)?;
        if self.is_config_map_unseen() {
            writeln!(
                out,
                "  # take the CAs that no server has any more out of the ConfigMap: extension API servers trust them. Those of \
                 a control-plane node whose directory is not given here go, too"
            )?;
            writeln!(out, "    {}", clean_command(self.nodes))?;
            writeln!(out, "  # a minute later, see that they are still out")?;
            writeln!(out, "    sleep 60 && {FETCH}")?;
        }
        // Who has just come to the end is not to begin again.
        if matches!(self.position, Ok((Phase::Still, _))) && !self.changed.is_empty() {
            return Ok(());
        }
        self.write_then(out)?;
        let is_broken = matches!(self.position, Ok((Phase::Still, _))) && !self.troubles().is_empty();
        writeln!(out, "  # {}", if is_broken { "mend what does not work" } else { what(self.position) })?;
        for path in self.at_the_end(Nodes::to_destroy) {
            let is_replaced = Path::new(&path).ends_with(PkiFile::CaKey.name());
            let note = if is_replaced { " (an old CA's; that of the CA in use takes its place)" } else { "" };
            writeln!(out, "  # - {path}{note}")?;
        }
        writeln!(out, "    {}", self.next())?;
        self.write_after_clean(out)?;
        let left = self.at_the_end(Nodes::copies_of_others);
        if !left.is_empty() {
            writeln!(out, "\nLeft alone, as aggcert has not written them; a key among them may be an old CA's:\n")?;
        }
        left.iter().try_for_each(|path| writeln!(out, "  {path}"))
    }

    /// A paragraph of its own for the command that vouches for the others: who pastes those does not step on where one failed.
    fn write_then(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.is_under_way() {
            return Ok(());
        }
        let missing = self.missing();
        let (Ok((phase, _)), false) = (self.position, missing.is_empty()) else { return writeln!(out, "\nThen:\n") };
        writeln!(out, "\nThen, when it has arrived at: {}\n", list(&missing))?;
        ways_to_show(matches!(phase, Phase::Switch { .. }), &missing)
            .iter()
            .try_for_each(|way| writeln!(out, "  # - {way}"))
    }

    /// How it goes on when the ConfigMap was patched.
    fn write_after_clean(&self, out: &mut dyn Write) -> io::Result<()> {
        if !matches!(self.position, Ok((Phase::Clean { .. }, _))) {
            return Ok(());
        }
        writeln!(out, "  # a minute later, see that they are still out, and go on")?;
        let given = if self.evidence.live.is_some() {
            self.evidence.given.clone()
        } else {
            writeln!(out, "    sleep 60 && {FETCH}")?;
            format!(" --config-map {DUMP}")
        };
        writeln!(out, "    aggcert rotate next {}{given}", self.nodes.arguments())
    }

    /// The new CA's key, in a directory where none lay: who keeps the old one's elsewhere does not expect it there.
    fn key_from_elsewhere(&self) -> Option<String> {
        let next = self.pair().filter(|_| !self.nodes.has_ca_key()).and_then(|pair| {
            let is_new = |key: &KeyFile| key.key.matches(&pair.new);
            self.nodes.iter().find(|node| node.contents.next_ca_key.present().is_some_and(is_new))
        });
        let copied = self.nodes.iter().any(|node| node.keeps_copy_of(PkiFile::CaKey));
        let made = self.nodes.iter().map(|node| node.path_of(PkiFile::CaKey.name()));
        let mut made = made.filter(|path| !copied && self.changed.contains(path));
        next.map(|node| node.path_of(PkiFile::NextCaKey.name())).or_else(|| made.next())
    }

    fn write_key_from_elsewhere(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(path) = self.key_from_elsewhere() else { return Ok(()) };
        writeln!(
            out,
            "  # {} is the new CA's key, and none of the directories held the old one's: keep it where that is, and remove it \
             here once every node has its new client",
            printable::line(&path)
        )
    }

    /// What was taken back half, and `init --force` by mistake, which looks like the end of a rotation, but the servers go on
    /// with what they have.
    fn write_way_back(&self, out: &mut dyn Write) -> io::Result<()> {
        if let (Some(pair), Ok((Phase::Switch { .. }, _))) = (self.pair(), self.position)
            && self.nodes.iter().any(|node| node.has_gone_back(pair))
        {
            let missing = self.nodes.missing_to_go_back(pair, self.evidence, false);
            let words = self.evidence.assumed.iter().map(String::as_str);
            let words =
                words.chain(missing.iter().map(|missing| missing.name.as_str())).filter(|name| !is_unused(name));
            let words = words.map(assumption).collect::<String>();
            let back =
                if missing.is_empty() { String::new() } else { format!(", when this is seen: {}", list(&missing)) };
            writeln!(out, "  # to go on taking it back{back}")?;
            writeln!(out, "    aggcert rotate abort {}{}{words}", self.nodes.arguments(), self.evidence.given)?;
        }
        let is_end = matches!(self.position, Ok((Phase::Clean { .. } | Phase::Finish { .. }, _)));
        let is_use = |ca: &Certificate| is_end && self.now <= ca.not_after;
        let Some(former) = self.nodes.replaced_at_once().filter(is_use) else { return Ok(()) };
        let subject = former.subject.to_string();
        writeln!(
            out,
            "  # where {}, which was replaced at once, was replaced by mistake, and the servers still have it: put it back, and \
             do nothing of what follows",
            printable::line(&subject)
        )?;
        writeln!(out, "    aggcert rotate abort {} --config-map {DUMP}", self.nodes.arguments())
    }
}

fn headline(phase: &Phase) -> String {
    match phase {
        Phase::Still => "No rotation is under way: one CA everywhere.".to_owned(),
        Phase::Trust { to_do, .. } => format!("Step 1 of 5, trust: {} to do", to_do.join(", ")),
        Phase::Switch { to_do, .. } => {
            format!("Step 1 of 5, trust, is done; step 2, switch: {} to do", to_do.join(", "))
        }
        Phase::Distrust { to_do, .. } => {
            format!("Step 2 of 5, switch, is done; step 3, distrust: {} to do", to_do.join(", "))
        }
        Phase::Clean { stale } => {
            let names = stale.iter().map(|ca| printable::line(&ca.subject.to_string()).into_owned());
            format!("Step 4 of 5, clean: the ConfigMap still holds {}", names.collect::<Vec<_>>().join(", "))
        }
        Phase::Finish { to_do } => format!("Step 5 of 5, finish: dated copies lie in {}", to_do.join(", ")),
    }
}

fn what(position: &Result<(Phase, Vec<State>), Illegal>) -> &'static str {
    match position {
        Err(illegal) if illegal.fix() == Fix::Publish => {
            "look again in a minute: kube-apiserver writes the CAs of its own front-proxy-ca.crt there; where one stays away, \
             no node has that file: bring it there. A server with a CA file of its own wants it there, and a restart"
        }
        Err(_) => "fix it",
        Ok((Phase::Still, _)) => "where the CA is to be replaced, begin",
        Ok((Phase::Trust { .. }, _)) => "go on with the start",
        Ok((Phase::Switch { .. }, _)) => "let the next node show its new client",
        Ok((Phase::Distrust { .. }, _)) => "drop the old CA",
        Ok((Phase::Clean { .. }, _)) => "take the CAs that no node has out of the ConfigMap",
        Ok((Phase::Finish { .. }, _)) => "destroy old keys and dated copies; this cannot be taken back",
    }
}

fn write_plan(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\nThe steps:\n\n  \
         1 trust     every node trusts the old and the new CA; nothing else changes\n  \
         2 switch    node by node, kube-apiserver shows a client of the new CA\n  \
         3 distrust  every node trusts the new CA alone; from here nothing can be taken back\n  \
         4 clean     the old CA leaves the ConfigMap; kube-apiserver itself only adds\n  \
         5 finish    old keys and dated copies are destroyed"
    )
}

fn word(state: State) -> &'static str {
    match state {
        State::Before => "before",
        State::Trusting => "trusting",
        State::Switched => "switched",
        State::After => "after",
    }
}

/// The one command that fixes an illegal state.
pub(super) fn fix(illegal: &Illegal, nodes: &Nodes, evidence: &Evidence) -> String {
    let arguments = nodes.arguments();
    let check = || format!("aggcert check {}", nodes.directories());
    match illegal.fix() {
        Fix::Start => format!("aggcert rotate start {arguments}"),
        Fix::Next => format!("aggcert rotate next {arguments}{}", evidence.given),
        Fix::Abort => format!("aggcert rotate abort {arguments}{}", evidence.given),
        Fix::Renew => renew(illegal, nodes).unwrap_or_else(check),
        // Where each is in use, none can take the place of the others step by step.
        Fix::Choose => choose(nodes)
            .or_else(|| started_apart(nodes))
            .unwrap_or_else(|| format!("aggcert rotate start {arguments} --at-once")),
        Fix::PutBack => put_back(nodes).unwrap_or_else(check),
        // kube-apiserver writes the CAs of its own bundle there.
        Fix::Publish => FETCH.to_owned(),
        Fix::Check => elsewhere(illegal, nodes).unwrap_or_else(check),
    }
}

/// A client of the CA that the node trusts.
fn renew(illegal: &Illegal, nodes: &Nodes) -> Option<String> {
    let Illegal::ClientOfAnotherCa { node, .. } = illegal else { return None };
    let node = nodes.iter().find(|other| other.name() == *node)?;
    Some(format!("aggcert renew {}", argument(&node.path)))
}

/// The CAs that have issued no client here are another front proxy's or nobody's; `None`: all have.
fn choose(nodes: &Nodes) -> Option<String> {
    let idle = nodes.bundles().into_iter().filter(|ca| !nodes.has_made(ca)).collect::<Vec<_>>();
    let words = |option: &str| {
        let names = idle.iter().map(|ca| format!(" {option}{}", shell_word(&nodes.handle(ca))));
        names.collect::<String>()
    };
    let arguments = nodes.arguments();
    (!idle.is_empty()).then(|| {
        format!(
            "aggcert rotate status {arguments}{}    # where another front proxy uses it; one that nobody uses is taken out with \
             `aggcert rotate next {arguments}{}`",
            words("--keep-ca "),
            words("--assume unused:")
        )
    })
}

/// Takes back what was started for each node by itself, but for the first; `None`: that is not what has happened.
fn started_apart(nodes: &Nodes) -> Option<String> {
    let is_ready_alone = |node: &Directory, ca: &Certificate| {
        let next = node.contents.next_client_certificates.present();
        let trusting = nodes.iter().filter(|other| other.trusts(ca)).count();
        next.is_some_and(|client| ca.has_issued(client)) && nodes.user_of(ca).is_none() && trusting == 1
    };
    let cas = nodes.bundles();
    let apart: Vec<&Directory> =
        nodes.iter().filter(|node| cas.iter().any(|ca| node.trusts(ca) && is_ready_alone(node, ca))).collect();
    let (_, others) = apart.split_first()?;
    let abort = |node: &&Directory| format!("aggcert rotate abort {}{}", argument(&node.path), nodes.options());
    let goes_on = !others.is_empty() && cas.len() - others.len() == 2;
    goes_on.then(|| others.iter().map(abort).collect::<Vec<_>>().join(" && "))
}

/// That the old CA may be another's, and how it is kept then.
pub(super) fn where_another_uses(phase: &Phase, nodes: &Nodes) -> String {
    match phase {
        Phase::Distrust { pair, .. } if !nodes.has_shown(&pair.old) && !pair.new.is_signed_by(&pair.old) => {
            let (subject, handle) = (pair.old.subject.to_string(), shell_word(&nodes.handle(&pair.old)));
            let subject = printable::line(&subject);
            format!("; where {subject} is another front proxy's, keep it with --keep-ca {handle}")
        }
        _ => String::new(),
    }
}

/// Where the files are, when a node was given without them; `None`: they are there.
fn elsewhere(illegal: &Illegal, nodes: &Nodes) -> Option<String> {
    let Illegal::Unreadable { node } = illegal else { return None };
    nodes.iter().find(|other| other.name() == *node && !has_files(&other.path))?;
    let below = |node: &Directory| argument(files_below(&node.path).as_ref().unwrap_or(&node.path));
    let others = nodes.iter().map(below).collect::<Vec<_>>().join(" ");
    if others == nodes.directories() {
        return Some(format!("give the directory of {node} that holds {}", PkiFile::CaCertificate));
    }
    Some(format!("aggcert rotate status {others}"))
}

/// Takes the start of a rotation back on each node; `None`: the dated copies are not there.
fn put_back(nodes: &Nodes) -> Option<String> {
    let of_node = |node: &Directory| {
        let path = |name: &str| shell_word(&node.path.join(name).display().to_string());
        let copies: Vec<Kept> = node.store.kept().ok()?;
        let copy = copies.iter().rfind(|kept| kept.file == PkiFile::CaCertificate)?;
        let next = [PkiFile::NextClientCertificate, PkiFile::NextClientKey, PkiFile::NextCaKey];
        let next = next.map(|file| path(file.name())).join(" ");
        Some(format!("mv {} {} && rm -f {next}", path(&copy.name), path(PkiFile::CaCertificate.name())))
    };
    let commands: Option<Vec<String>> = nodes.iter().map(of_node).collect();
    commands.map(|commands| commands.join(" && "))
}

/// In one line.
pub(super) fn list(missing: &[Missing]) -> String {
    missing.iter().map(Missing::to_string).collect::<Vec<_>>().join(", ")
}

/// How to see that a step has arrived, as the help of an error.
pub(super) fn how_to_show(wants_trust: bool, missing: &[Missing]) -> String {
    ways_to_show(wants_trust, missing).join("\nhelp: ")
}

fn ways_to_show(wants_trust: bool, missing: &[Missing]) -> Vec<String> {
    let mut ways = Vec::new();
    let is_trust = |missing: &&Missing| !is_switch(&missing.name) && wants_trust;
    let trust: Vec<&Missing> = missing.iter().filter(is_trust).collect();
    if trust.iter().any(|missing| missing.name == CONFIG_MAP) {
        ways.push(format!("give --config-map {DUMP}, which `{FETCH}` writes"));
    }
    if trust.iter().any(|missing| missing.name != CONFIG_MAP) {
        ways.push(
            "give --accepts SERVER=server.txt, which `openssl s_client -connect SERVER:PORT </dev/null > server.txt` writes"
                .to_owned(),
        );
    }
    if trust.len() < missing.len() {
        ways.push(
            "on that node the metric aggregator_unavailable_apiservice is 0 for every APIService and an aggregated \
             request answers 200"
                .to_owned(),
        );
    }
    if cfg!(feature = "cluster") {
        ways.push("or have the cluster asked with --kubeconfig, and --api-server HOST:PORT for each node".to_owned());
    }
    ways.push("or vouch for it with --assume NAME".to_owned());
    ways
}

/// All that a server reads, the bundle first: what is the same on the node is no change. The CA's key goes where it has
/// changed: no server needs it, and some keep it elsewhere.
fn copy_command(node: &Directory) -> String {
    let files = PkiFile::SERVED.into_iter().filter(|file| node.contents.has(*file));
    let files = files.filter(|file| *file != PkiFile::CaKey || node.keeps_copy_of(*file));
    copy_of(&node.path, files)
}

/// With the resourceVersion of what was read, so that nothing is lost that another writer has put there.
pub(super) fn clean_command(nodes: &Nodes) -> String {
    let bundle = nodes.iter().next().map(|node| node.path.join(PkiFile::CaCertificate.name()).display().to_string());
    format!(
        "{} {} '.data[\"requestheader-client-ca-file\"] = $ca' | kubectl replace -f -",
        get_config_map!("json | jq --rawfile ca"),
        shell_word(&bundle.unwrap_or_default())
    )
}
