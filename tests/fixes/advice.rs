//! Whatever is wrong, who does all that is printed, step by step, neither opens nor loses nor ends anything, and comes to
//! an end.

use aggcert::lint::Severity;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::answers::Answers;
use super::cluster::{Advice, Cluster};
use super::node::{Issued, Node};
use super::rules::{CASES, remove};

/// `AGGCERT_ADVICE=COUNT:SEED` follows so many plans, of this seed and those behind it.
const VARIABLE: &str = "AGGCERT_ADVICE";
const PLANS: (u64, u64) = (60, 30);

/// How often a person checks again.
const ROUNDS: usize = 6;

type Fault = (&'static str, fn(&mut Node));

/// What no single rule is about.
const FAULTS: &[Fault] = &[
    ("client CA cross-signed", |node| {
        node.client_ca = node.front_proxy_ca.cross_sign(&node.client_ca);
        node.write("ca.crt", &node.client_ca.pem);
    }),
    ("client CA copied", |node| {
        node.write("front-proxy-ca.crt", &node.client_ca.pem);
        node.write_client(&node.client_ca.client("front-proxy-client", |_| {}));
    }),
    ("client CA beside the front proxy's", |node| {
        node.write("front-proxy-ca.crt", &format!("{}{}", node.front_proxy_ca.pem, node.client_ca.pem));
    }),
    ("intermediate not sent", |node| {
        node.write_client(&node.front_proxy_ca.ca_below("below").client("front-proxy-client", |_| {}));
    }),
    ("CA files swapped", |node| {
        node.set("client-ca-file", &node.pki("front-proxy-ca.crt"));
        node.set("requestheader-client-ca-file", &node.pki("ca.crt"));
    }),
    ("client and key swapped", |node| {
        node.set("proxy-client-cert-file", &node.pki("front-proxy-client.key"));
        node.set("proxy-client-key-file", &node.pki("front-proxy-client.crt"));
    }),
    ("no key of the CA", |node| remove(node, "front-proxy-ca.key")),
    ("a CA of its own", |node| node.use_ca(Issued::ca("front-proxy-ca", |_| {}))),
    ("an old CA kept", |node| {
        node.write("front-proxy-ca.crt", &format!("{}{}", node.front_proxy_ca.pem, Issued::ca("old", |_| {}).pem));
    }),
    ("a rotation begun", |node| {
        let pki = node.path("pki");
        node.run(std::process::Command::new("aggcert").args(["rotate", "start"]).arg(pki));
    }),
    ("another name", |node| node.write_client(&node.front_proxy_ca.client("aggregator", |_| {}))),
    ("another name, allowed", |node| {
        node.write_client(&node.front_proxy_ca.client("aggregator", |_| {}));
        node.set("requestheader-allowed-names", "aggregator");
    }),
    ("no names", |node| node.unset("requestheader-allowed-names")),
    ("the client CA last", |node| node.flags.push(format!("--requestheader-client-ca-file={}", node.pki("ca.crt")))),
    ("no client CA", |node| node.unset("client-ca-file")),
];

type OfConfigMap = (&'static str, fn(&Cluster, &mut Value));

/// What is wrong with the ConfigMap.
const OF_CONFIG_MAP: &[OfConfigMap] = &[
    ("client CA in the ConfigMap", |cluster, data| add(data, &cluster.nodes[0].client_ca.pem)),
    ("stale CA in the ConfigMap", |_, data| add(data, &Issued::ca("old", |_| {}).pem)),
    ("stale name in the ConfigMap", |_, data| {
        data["requestheader-allowed-names"] = json!(r#"["front-proxy-client","old"]"#);
    }),
    ("no name in the ConfigMap", |_, data| data["requestheader-allowed-names"] = json!("[]")),
    ("another name in the ConfigMap", |_, data| data["requestheader-allowed-names"] = json!(r#"["aggregator"]"#)),
    ("another CA in the ConfigMap", |_, data| {
        data["requestheader-client-ca-file"] = json!(Issued::ca("other", |_| {}).pem);
    }),
    ("list unreadable in the ConfigMap", |_, data| {
        data["requestheader-group-headers"] = json!("X-Remote-Group");
    }),
    ("no CA in the ConfigMap", |_, data| drop(data.as_object_mut().unwrap().remove("requestheader-client-ca-file"))),
];

fn add(data: &mut Value, pem: &str) {
    let key = "requestheader-client-ca-file";
    data[key] = json!(format!("{}{pem}", data[key].as_str().unwrap_or_default()));
}

#[derive(Debug, Clone)]
struct Plan {
    nodes: usize,
    /// Places in all lists, behind one another, and the node that has it; all of them where it is `None`.
    faults: Vec<(usize, Option<usize>)>,
    /// The second node was made by copying the first, and then one was changed.
    copied: bool,
    /// The servers have been started again with the faults, and have written what they have.
    started_again: bool,
    shows_config_map: bool,
}

/// Those of the rules that are about one node's files and flags.
fn faults() -> Vec<Fault> {
    CASES.iter().filter(|(rule, _)| !NOT_HERE.contains(rule)).chain(FAULTS).copied().collect()
}

/// Those of objects; of the ConfigMap there are others.
const NOT_HERE: [&str; 6] = [
    "apiservice-ca-bundle",
    "apiservice-insecure",
    "configmap-drift",
    "configmap-list-unreadable",
    "configmap-stale-ca",
    "configmap-stale-name",
];

fn plan() -> impl Strategy<Value = Plan> {
    let count = faults().len() + OF_CONFIG_MAP.len();
    let fault = (0..count, any::<Option<Index>>());
    let copied = prop::bool::weighted(0.3);
    (1_usize..=2, prop::collection::vec(fault, 1..=3), any::<bool>(), prop::bool::weighted(0.8), copied).prop_map(
        |(nodes, faults, started_again, shows_config_map, copied)| Plan {
            nodes,
            faults: faults.into_iter().map(|(fault, of)| (fault, of.map(|of| of.index(nodes)))).collect(),
            copied: copied && nodes > 1,
            started_again,
            shows_config_map,
        },
    )
}

impl Plan {
    fn of_seed(seed: u64) -> Self {
        let config = Config { rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() };
        plan().new_tree(&mut TestRunner::new(config)).unwrap().current()
    }

    fn says(&self) -> String {
        let faults = faults();
        let name = |fault: usize| match faults.get(fault) {
            Some((name, _)) => *name,
            None => OF_CONFIG_MAP[fault - faults.len()].0,
        };
        let told: Vec<String> =
            self.faults.iter().map(|(fault, of)| format!("{}{}", name(*fault), at(*of, self.nodes))).collect();
        let [again, map, copied] = [self.started_again, self.shows_config_map, self.copied];
        format!(
            "{} nodes, copied {copied}, started again {again}, with ConfigMap {map}: {}",
            self.nodes,
            told.join(" + ")
        )
    }

    fn cluster(&self) -> Cluster {
        let faults = faults();
        let mut cluster = Cluster::new(self.nodes);
        cluster.shows_config_map = self.shows_config_map;
        let made = |nodes: &mut [Node], at: usize| {
            let its = self.faults.iter().filter(|(_, of)| of.is_none_or(|of| of == at));
            its.filter_map(|(fault, _)| faults.get(*fault)).for_each(|(_, make)| make(&mut nodes[at]));
        };
        made(&mut cluster.nodes, 0);
        if let ([first, second], true) = (&mut cluster.nodes[..], self.copied) {
            second.become_copy_of(first);
            let of_second = self.faults.iter().filter(|(_, of)| *of == Some(1));
            of_second.filter_map(|(fault, _)| faults.get(*fault)).for_each(|(_, make)| make(second));
        } else if self.nodes > 1 {
            made(&mut cluster.nodes, 1);
        }
        if self.started_again {
            cluster.publish();
        }
        for (fault, _) in &self.faults {
            let Some((_, make)) = fault.checked_sub(faults.len()).and_then(|at| OF_CONFIG_MAP.get(at)) else {
                continue;
            };
            let mut data = cluster.config_map["data"].clone();
            make(&cluster, &mut data);
            cluster.config_map["data"] = data;
        }
        cluster.settle();
        cluster
    }

    /// What goes wrong for who follows the advice.
    fn followed(&self) -> Result<(), String> {
        let mut cluster = self.cluster();
        let mut walk = Walk { before: cluster.answers(), log: Vec::new() };
        for _ in 0..ROUNDS {
            let advice: Vec<Advice> = cluster.check().into_iter().filter(Advice::can_be_typed).collect();
            if advice.iter().all(|one| one.severity < Severity::Error) {
                return Ok(());
            }
            for one in &advice {
                walk.follow(&mut cluster, one).map_err(|error| format!("{error}\n    {}", walk.log.join("\n    ")))?;
            }
            walk.log.push("check again".to_owned());
        }
        Err(format!("never ends\n    {}", walk.log.join("\n    ")))
    }
}

fn at(of: Option<usize>, nodes: usize) -> String {
    of.filter(|_| nodes > 1).map(|of| format!(" of {}", ["a", "b"][of])).unwrap_or_default()
}

struct Walk {
    before: Answers,
    log: Vec<String>,
}

impl Walk {
    fn follow(&mut self, cluster: &mut Cluster, advice: &Advice) -> Result<(), String> {
        let Advice { nodes, rule, severity, .. } = advice;
        let at = nodes[0];
        let commands = cluster.commands(advice);
        let may_interrupt = commands.iter().any(|command| command.contains("--accept-outage"));
        self.log.push(format!("{} {rule} at {nodes:?}: {}", severity.as_str(), advice.fix.sentence));
        for command in &commands {
            self.log.push(format!("  {command}"));
            // What another fix has changed since, or what is refused, fails, and says what to do.
            if let Err(error) = cluster.run(at, command) {
                self.log.push(format!("  fails: {error}"));
                return Ok(());
            }
            if *rule == "configmap-list-unreadable" {
                // What stands there counts again, as before the list broke. No kube-apiserver writes into such a ConfigMap
                // (pkg/controlplane/controller/clusterauthenticationtrust, `getClusterAuthenticationInfoFor`).
                self.before = cluster.answers();
            }
            self.look(cluster, may_interrupt)?;
            if command.contains("rotate start") && cluster.nodes.len() == 1 {
                // The last step destroys the keys of before, and says so.
                cluster.nodes[at].rotate_to_the_end();
                cluster.publish();
                self.before = cluster.answers();
            }
        }
        if !advice.fix.flags.is_empty() {
            self.log.push(format!("  {}", advice.fix.flags.join(" ")));
            for node in nodes {
                cluster.restart(*node, advice);
                self.look(cluster, may_interrupt)?;
            }
        }
        Ok(())
    }

    fn look(&mut self, cluster: &Cluster, may_interrupt: bool) -> Result<(), String> {
        let after = cluster.answers();
        let worse = after.worse_than(&self.before, may_interrupt);
        self.before = after;
        if worse.is_empty() { Ok(()) } else { Err(worse.join("\n  ")) }
    }
}

/// The plan with fewer faults that shows the same, and what it shows.
fn shrunk(plan: Plan, error: String) -> (Plan, String) {
    for without in 0..plan.faults.len() {
        let mut fewer = plan.clone();
        fewer.faults.remove(without);
        if let Err(error) = fewer.followed() {
            return shrunk(fewer, error);
        }
    }
    (plan, error)
}

#[test]
fn whoever_follows_the_advice_harms_nothing_and_comes_to_an_end() {
    let (count, first) = std::env::var(VARIABLE).map_or(PLANS, |value| {
        let (count, first) = value.split_once(':').unwrap();
        (count.parse().unwrap(), first.parse().unwrap())
    });
    let try_one = |seed: u64| {
        let plan = Plan::of_seed(seed);
        let error = plan.followed().err()?;
        let (plan, error) = shrunk(plan, error);
        Some(format!("seed {seed}: {}\n  {error}", plan.says()))
    };
    let failed: Vec<String> = (first..first + count).into_par_iter().filter_map(try_one).collect();
    assert!(failed.is_empty(), "{} of {count}:\n{}", failed.len(), failed.join("\n"));
}
