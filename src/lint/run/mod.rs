//! A run of the rules over inputs: they are gathered, judged a batch at a time, and handed on in their order.
//!
//! ```no_run
//! use aggcert::lint::run::{Inputs, Run};
//! use aggcert::lint::{Judgement, Policy};
//! use aggcert::source::BaseDirectory;
//!
//! let inputs = Inputs { paths: vec!["/etc/kubernetes/manifests".into()], ..Inputs::default() };
//! let run = Run::new(time::OffsetDateTime::now_utc(), Policy::none(), BaseDirectory::of_repository("/"));
//! let mut findings = 0;
//! let summary = run.over(&inputs, &mut |judgement: &Judgement| findings += judgement.findings().count());
//! assert_eq!(summary.errors + summary.warnings + summary.notes, findings);
//! ```

mod batches;
mod beside;
mod clusters;
mod contradictions;
mod gather;
mod inventory;
mod names;
mod neighbours;
mod partition;
mod reading;
mod scripts;

use rayon::prelude::*;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};

use crate::model::{Objects, Setup};
use crate::source::BaseDirectory;

use super::engine::not_compared;
use super::policy::{Cluster, Scope};
use super::{
    Baseline, BaselineRecorder, Beside, Context, Judgement, Policy, Rule, Summary, Target, judge, one_fix, rules,
};
use clusters::Servers;
use gather::Place;

pub use gather::Inputs;
pub use inventory::Inventory;
pub use neighbours::Neighbours;
pub use partition::{Clusters, Gathered};
pub use reading::Reading;

/// How long before its end a certificate counts as expiring, where nobody says so.
pub const DEFAULT_EXPIRY_WARNING: Duration = Duration::days(30);

/// How inputs are judged.
#[derive(Debug)]
pub struct Run {
    pub now: OffsetDateTime,
    pub expiry_warning: Duration,
    pub policy: Policy,
    pub selection: Selection,
    /// Clusters whose nodes are compared, each as it was named; besides those of the policy.
    pub clusters: Vec<(String, Cluster)>,
    /// What the paths of fingerprints are relative to.
    pub base: BaseDirectory,
    /// Findings that were there before, and are accepted.
    pub baseline: Option<Baseline>,
    /// Gathers findings for a new baseline.
    pub recorder: Option<BaselineRecorder>,
}

/// Which rules are asked, by their ids.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// These alone; empty: all.
    pub only: Vec<&'static str>,
    /// But not these.
    pub without: Vec<&'static str>,
}

impl Selection {
    /// Whether it is asked.
    pub fn holds(&self, rule: &Rule) -> bool {
        (self.only.is_empty() || self.only.contains(&rule.id)) && !self.without.contains(&rule.id)
    }
}

/// Who is told, one judgement at a time and in the order of the inputs.
pub trait Sink {
    /// Why the run cannot go on.
    type Error;

    /// # Errors
    /// When it cannot be told; the run ends.
    fn take(&mut self, judgement: &Judgement) -> Result<(), Self::Error>;

    /// Nobody is left who would be told.
    fn is_abandoned(&self) -> bool {
        false
    }
}

impl<F: FnMut(&Judgement)> Sink for F {
    type Error = Infallible;

    fn take(&mut self, judgement: &Judgement) -> Result<(), Infallible> {
        self(judgement);
        Ok(())
    }
}

impl Run {
    /// With the policy's settings, and no baseline.
    pub fn new(now: OffsetDateTime, policy: Policy, base: BaseDirectory) -> Self {
        let expiry_warning = policy.expiry_warning.unwrap_or(DEFAULT_EXPIRY_WARNING);
        let selection = Selection::default();
        Self { now, expiry_warning, policy, selection, clusters: Vec::new(), base, baseline: None, recorder: None }
    }

    /// [`Self::judge`] for who never refuses a judgement.
    pub fn over(mut self, inputs: &Inputs, sink: &mut impl FnMut(&Judgement)) -> Summary {
        let Ok(summary) = self.judge(inputs, sink);
        summary
    }

    /// Judges everything, and says what was looked at.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn judge<S: Sink>(&mut self, inputs: &Inputs, sink: &mut S) -> Result<Summary, S::Error> {
        let rules = rules::ids(rules::ALL);
        let not_asked = rules::ALL.iter().filter(|rule| !self.selection.holds(rule)).map(|rule| rule.id).collect();
        let absent = self.policy.places().filter(|place| !place.exists()).collect();
        self.policy.set_scope(Scope { paths: inputs.paths.clone(), rules, not_asked, absent });
        let known = self.baseline.clone();
        let judge = Judge {
            now: self.now,
            baseline: known.as_ref().map(|known| (known, &self.base)),
            expiry_warning: self.expiry_warning,
            policy: &self.policy,
            selection: &self.selection,
            clusters: &self.clusters,
        };
        let settings = self.policy.file().map(|file| file.name().to_owned());
        let summary = Summary { now: Some(self.now), settings, ..Summary::default() };
        let baseline = self.baseline.as_mut();
        let teller =
            Teller { base: &self.base, baseline, recorder: self.recorder.as_mut(), summary, held: Vec::new(), sink };
        Course { judge, teller }.over(inputs)
    }
}

/// What turns inventories into judgements; the same for every thread.
struct Judge<'a> {
    now: OffsetDateTime,
    expiry_warning: Duration,
    policy: &'a Policy,
    /// As it was before the run.
    baseline: Option<(&'a Baseline, &'a BaseDirectory)>,
    selection: &'a Selection,
    clusters: &'a [(String, Cluster)],
}

/// Judgements that are held at a time: each has an outcome of every rule.
const MOST_HELD: usize = 256;

/// What became of one inventory.
enum Judged {
    Whole(Read, Vec<Judgement>),
    /// There is too much in it to be held: it is judged part by part, when its turn comes.
    Large(Box<Inventory>),
    /// A ConfigMap is in it and no kube-apiserver: it is judged when the servers are known.
    Waiting(Box<Inventory>),
}

/// What waits for the servers of the run, and the directory that was named for it.
struct Waiting {
    inventory: Inventory,
    named: PathBuf,
}

/// What an inventory says beside its judgements.
#[derive(Default)]
struct Read {
    files: usize,
    unrecognised: usize,
    pki_files: usize,
    not_read: Vec<String>,
    flags_not_read: usize,
    failures: Vec<String>,
    /// The servers, for the comparison of nodes.
    servers: Vec<Setup>,
}

impl Read {
    /// All of an inventory but the clusters that are apart in it.
    fn of(inventory: Inventory) -> Self {
        Self {
            files: inventory.files_read,
            unrecognised: inventory.unrecognised.len(),
            pki_files: inventory.of_pki.len(),
            not_read: [inventory.not_read, inventory.parts_not_read].concat(),
            flags_not_read: inventory.flags_not_read,
            failures: inventory.failures,
            servers: inventory.setups.into_iter().filter(inventory::is_server).collect(),
        }
    }

    /// Takes what is of another cluster.
    fn append_apart(&mut self, mut apart: Self) {
        // One server alone is no node of another cluster.
        if apart.servers.len() > 1 {
            self.servers.append(&mut apart.servers);
        }
        self.not_read.append(&mut apart.not_read);
        self.flags_not_read += apart.flags_not_read;
    }
}

impl Judge<'_> {
    /// Asks the rules, unless there is so much that somebody has to take it part by part.
    fn inventory(&self, inventory: Inventory) -> Judged {
        let targets = |one: &Inventory| one.setups.len() + one.api_services.len() + one.extensions.len();
        let count: usize = std::iter::once(&inventory).chain(&inventory.apart).map(targets).sum();
        if count > MOST_HELD {
            return Judged::Large(Box::new(inventory));
        }
        let mut judgements = Vec::new();
        let taken: Result<Read, Infallible> = self.parts(inventory, &[], &mut |mut part| {
            judgements.append(&mut part);
            Ok(())
        });
        let Ok(read) = taken;
        Judged::Whole(read, judgements)
    }

    /// Asks the rules, and hands the judgements on, so many at a time as can be held. `nodes` are servers from elsewhere on
    /// the command line, which a ConfigMap belongs to.
    fn parts<E>(
        &self,
        mut inventory: Inventory,
        nodes: &[&Setup],
        take: &mut dyn FnMut(Vec<Judgement>) -> Result<(), E>,
    ) -> Result<Read, E> {
        let apart = std::mem::take(&mut inventory.apart);
        self.together(&inventory, nodes, take)?;
        let mut read = Read::of(inventory);
        for apart in apart {
            self.together(&apart, &[], take)?;
            read.append_apart(Read::of(apart));
        }
        Ok(read)
    }

    /// The same for what belongs together.
    fn together<E>(
        &self,
        inventory: &Inventory,
        nodes: &[&Setup],
        take: &mut dyn FnMut(Vec<Judgement>) -> Result<(), E>,
    ) -> Result<(), E> {
        let neighbours = inventory.neighbours(nodes);
        let judgement = |target: &Target<'_>| {
            let judgement = self.judgement(*target, neighbours.of(target), &inventory.objects)?;
            Some(self.policy.apply(judgement, self.now))
        };
        let targets = inventory.targets();
        // Most have one set-up: threads are started when there is more to do.
        if targets.len() == 1 {
            return take(targets.iter().filter_map(judgement).collect());
        }
        targets.chunks(MOST_HELD).try_for_each(|part| take(part.par_iter().filter_map(judgement).collect()))
    }

    /// The clusters that somebody named, of the command line and of the settings.
    fn declared(&self) -> Vec<Cluster> {
        let named = self.clusters.iter().map(|(_, cluster)| cluster.clone());
        named.chain(self.policy.clusters().map(|(_, cluster)| cluster)).collect()
    }

    fn one(&self, target: Target<'_>) -> Option<Judgement> {
        self.judgement(target, Beside::nothing(), Objects::NONE).map(|judgement| self.policy.apply(judgement, self.now))
    }

    /// Says of servers that they are not compared, and why.
    fn not_compared(&self, nodes: &[&Setup], why: &str) -> Option<Judgement> {
        not_compared(nodes, why).map(|judgement| self.policy.apply(self.selected(judgement), self.now))
    }

    fn judgement(&self, target: Target<'_>, beside: &Beside<'_>, objects: &Objects) -> Option<Judgement> {
        judge(target, &self.context(beside, objects)).map(|judgement| self.selected(judgement))
    }

    fn selected(&self, mut judgement: Judgement) -> Judgement {
        judgement.outcomes.retain(|outcome| self.selection.holds(outcome.rule));
        judgement
    }

    fn context<'t>(&'t self, beside: &'t Beside<'t>, objects: &'t Objects) -> Context<'t> {
        let context = Context::new(beside, objects, self.now, self.expiry_warning).under(self.policy);
        match self.baseline {
            Some((baseline, base)) => context.beyond(baseline.known(), base),
            None => context,
        }
    }
}

/// What hands judgements on, counted and compared with the baseline.
struct Teller<'a, S> {
    base: &'a BaseDirectory,
    baseline: Option<&'a mut Baseline>,
    recorder: Option<&'a mut BaselineRecorder>,
    summary: Summary,
    /// What cannot be told before all nodes are known, and what comes after it.
    held: Vec<Judgement>,
    sink: &'a mut S,
}

impl<S: Sink> Teller<'_, S> {
    /// Hands on what an inventory says; gives its servers.
    fn take(&mut self, judge: &Judge<'_>, judged: Judged) -> Result<Vec<Setup>, S::Error> {
        let read = match judged {
            Judged::Whole(read, judgements) => {
                self.tell_all(judgements)?;
                read
            }
            Judged::Large(inventory) | Judged::Waiting(inventory) => {
                judge.parts(*inventory, &[], &mut |part| self.tell_all(part))?
            }
        };
        Ok(self.count(read))
    }

    /// Gives the servers.
    fn count(&mut self, read: Read) -> Vec<Setup> {
        self.summary.files_read += read.files;
        self.summary.files_unrecognised += read.unrecognised;
        self.summary.files_of_pki += read.pki_files;
        self.summary.not_read.extend(read.not_read);
        self.summary.flags_not_read += read.flags_not_read;
        self.summary.failures.extend(read.failures);
        read.servers
    }

    fn tell_all(&mut self, judgements: Vec<Judgement>) -> Result<(), S::Error> {
        judgements.into_iter().try_for_each(|judgement| self.tell(judgement))
    }

    fn tell(&mut self, judgement: Judgement) -> Result<(), S::Error> {
        if self.held.is_empty() && !names::gives_names(&judgement) {
            return self.tell_now(judgement);
        }
        self.held.push(judgement);
        // More than a control plane has.
        if self.held.len() > MOST_HELD { self.tell_held(&[]) } else { Ok(()) }
    }

    /// Tells what was held, whose servers are of these clusters.
    fn tell_held(&mut self, clusters: &[Vec<&Setup>]) -> Result<(), S::Error> {
        let mut held = std::mem::take(&mut self.held);
        names::of_all_nodes(&mut held, clusters);
        held.into_iter().try_for_each(|judgement| self.tell_now(judgement))
    }

    fn tell_now(&mut self, judgement: Judgement) -> Result<(), S::Error> {
        if let Some(recorder) = &mut self.recorder {
            recorder.add(self.base, &judgement);
        }
        let mut judgement = match &mut self.baseline {
            Some(baseline) => baseline.apply(self.base, judgement),
            None => judgement,
        };
        one_fix::settle(&mut judgement);
        self.summary.count(&judgement);
        self.sink.take(&judgement)
    }
}

/// What was read is of something that does not run.
const NOTHING_RUNS: &str = "nothing was judged: what was read stands for nothing that runs (a Pod or Job that has ended, a \
     workload without replicas); give the Pods that run, or what makes them";

/// One run.
struct Course<'a, S> {
    judge: Judge<'a>,
    teller: Teller<'a, S>,
}

impl<S: Sink> Course<'_, S> {
    fn over(mut self, inputs: &Inputs) -> Result<Summary, S::Error> {
        // What is named by itself is one inventory; directories are searched, each for a node of its own.
        let named = inputs.named();
        let mut servers = Servers::default();
        let mut waiting = Vec::new();
        for directory in &named.directories {
            let place = Place { directory, scripts: &named.scripts };
            let found = self.directory(place, &inputs.reading, servers.room(), &mut waiting)?;
            servers.add_directory(found);
        }
        for text in &inputs.texts {
            let judged = self.judge.inventory(inputs.text(text));
            let mut found = self.teller.take(&self.judge, judged)?;
            if found.len() > 1 {
                servers.others.append(&mut found);
            }
        }
        let found = self.files(named.files, &servers, waiting)?;
        servers.others.extend(found);
        self.nodes(&servers)?;
        let summary = &mut self.teller.summary;
        if summary.targets == 0 && summary.files_read > 0 && summary.failures.is_empty() {
            summary.failures.push(NOTHING_RUNS.to_owned());
        }
        // Now it is known what was accepted.
        if self.judge.policy.ignores() > 0 || !self.judge.policy.comments().is_empty() {
            let judgement = self.judge.one(Target::Policy(self.judge.policy));
            judgement.map_or(Ok(()), |judgement| self.teller.tell(judgement))?;
        }
        Ok(self.teller.summary)
    }

    /// Judges all that is below a directory but what waits for servers; gives its servers, as many as there is room for and
    /// one more.
    fn directory(
        &mut self,
        place: Place<'_>,
        reading: &Reading,
        room: usize,
        waiting: &mut Vec<Waiting>,
    ) -> Result<Vec<Setup>, S::Error> {
        let Self { judge, teller } = self;
        let mut servers: Vec<Setup> = Vec::new();
        let each = |found: Inventory| match found.waits_for_servers() {
            true => Judged::Waiting(Box::new(found)),
            false => judge.inventory(found),
        };
        gather::search(place, reading, &each, &mut |judged: Judged| {
            match judged {
                Judged::Waiting(inventory) if waiting.len() < MOST_HELD => {
                    waiting.push(Waiting { inventory: *inventory, named: place.directory.to_owned() });
                }
                judged => servers.append(&mut teller.take(judge, judged)?),
            }
            servers.truncate(room + 1);
            Ok(!teller.sink.is_abandoned())
        })?;
        Ok(servers)
    }

    /// Judges what was named by itself, and what waited for the servers; gives the servers of the former.
    fn files(&mut self, files: Inventory, servers: &Servers, waiting: Vec<Waiting>) -> Result<Vec<Setup>, S::Error> {
        let Self { judge, teller } = self;
        let declared = judge.declared();
        for Waiting { inventory, named } in waiting {
            let nodes = servers.of_config_map(&inventory, &named, &declared, files.servers());
            teller.summary.not_compared(nodes.as_ref().err());
            let read = judge.parts(inventory, &nodes.unwrap_or_default(), &mut |part| teller.tell_all(part))?;
            teller.count(read);
        }
        let mut nodes: Vec<&Setup> = servers.alone.iter().collect();
        if nodes.is_empty() && files.waits_for_servers() {
            let found = servers.of_config_map(&files, Path::new(""), &declared, std::iter::empty());
            teller.summary.not_compared(found.as_ref().err());
            nodes = found.unwrap_or_default();
        }
        let read = judge.parts(files, &nodes, &mut |part| teller.tell_all(part))?;
        Ok(teller.count(read))
    }

    /// Says of which declared clusters there are no nodes to compare: those of the command line, and of the settings where
    /// all files were looked at that may be meant.
    fn not_met(&mut self, declared: &[Vec<&Setup>]) {
        let few = |nodes: &[&Setup]| match nodes {
            [] => Some("no kube-apiserver was found there".to_owned()),
            [_] => Some("one kube-apiserver only was found there, and nodes are compared with each other".to_owned()),
            _ => None,
        };
        let (judge, summary) = (&self.judge, &mut self.teller.summary);
        let named = judge.clusters.iter().zip(declared);
        let failures = named.filter_map(|((named, _), nodes)| Some(format!("--cluster {named}: {}", few(nodes)?)));
        summary.failures.extend(failures);
        let settings = judge.policy.file().map(|file| file.name()).unwrap_or_default();
        for ((named, cluster), nodes) in judge.policy.clusters().zip(declared.iter().skip(judge.clusters.len())) {
            if let Some(found) = few(nodes).filter(|_| judge.policy.searches(cluster.nodes())) {
                summary.not_read.push(format!("{settings}: [[cluster]] nodes = {named}: {found}"));
                // Whoever declared them believes that they are compared.
                summary.unknown_identities += 1;
            }
        }
    }

    /// Compares the nodes of each cluster, and says which servers may be nodes and were not compared.
    fn nodes(&mut self, servers: &Servers) -> Result<(), S::Error> {
        let groups = servers.groups(&self.judge.declared());
        self.not_met(&groups.declared);
        let clusters: Vec<Vec<&Setup>> = groups.declared.into_iter().chain(groups.assumed).collect();
        self.teller.tell_held(&clusters)?;
        for nodes in clusters.iter().filter(|nodes| nodes.len() > 1) {
            let judgement = self.judge.one(Target::Nodes(nodes));
            judgement.map_or(Ok(()), |judgement| self.teller.tell(judgement))?;
        }
        for (nodes, why) in groups.unsure {
            let judgement = self.judge.not_compared(&nodes, &why);
            judgement.map_or(Ok(()), |judgement| self.teller.tell(judgement))?;
        }
        Ok(())
    }
}
