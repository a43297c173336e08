//! Two kube-apiservers and an extension server under load, while nothing is changed: the ground for tests that change
//! something.

use std::thread::sleep;
use std::time::Duration;

use crate::commands::front_proxy_flags;
use crate::harness::{ControlPlane, Load, Servers, flunders_answer};

#[test]
fn two_servers_carry_twenty_requests_a_second_each() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    let flags = front_proxy_flags(control_plane.path());
    let nodes = [control_plane.kube_apiserver(&flags), control_plane.kube_apiserver(&flags)];
    let _extension = control_plane.extension(&nodes[0]);
    nodes.iter().for_each(|node| flunders_answer(node, 200));
    let loads = nodes.each_ref().map(|node| Load::start(&control_plane, node, 20));
    sleep(Duration::from_secs(5));
    for load in loads {
        let served = load.served();
        assert!(served.requests > 20, "{served:?}");
        assert!(served.failed.is_empty(), "{served:?}");
    }
}
