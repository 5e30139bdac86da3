"""Uses a cluster with the kubernetes package: restClient.py KUBECONFIG CASE"""

import json
import sys

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException

kubeconfig, case = sys.argv[1:]
DEADLINE_SECONDS = 60


def config_map(name, **data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name), data=data)


def refusal(call):
    """The Status that a call is refused with."""
    try:
        call()
    except ApiException as error:
        status = json.loads(error.body)
        assert status["code"] == error.status, error
        return status
    raise AssertionError("it was not refused")


def lists():
    nodes = client.CoreV1Api().list_node()
    assert [node.metadata.name for node in nodes.items] == ["node-0", "node-1"], nodes
    namespaces = client.CoreV1Api().list_namespace(limit=1)
    assert len(namespaces.items) == 1 and namespaces.metadata._continue, namespaces.metadata


def creates_and_patches():
    core = client.CoreV1Api()
    made = core.create_namespaced_config_map("default", config_map("made", a="1"))
    assert made.metadata.uid, made
    patched = core.patch_namespaced_config_map("made", "default", {"data": {"a": None, "b": "2"}})
    assert patched.data == {"b": "2"}, patched.data
    operations = [{"op": "replace", "path": "/data/b", "value": "3"}]
    patched = core.patch_namespaced_config_map("made", "default", operations)
    assert patched.data == {"b": "3"}, patched.data
    patched.data = {"c": "4"}
    replaced = core.replace_namespaced_config_map("made", "default", patched)
    assert replaced.data == {"c": "4"}, replaced.data
    # This package types the answer as whatever comes, for it may be the object too.
    status = core.delete_namespaced_config_map("made", "default")
    assert (status["kind"], status["status"]) == ("Status", "Success"), status


def watches():
    core = client.CoreV1Api()
    version = core.list_namespaced_config_map("default").metadata.resource_version
    core.create_namespaced_config_map("default", config_map("watched", a="1"))
    core.patch_namespaced_config_map("watched", "default", {"data": {"a": "2"}})
    core.delete_namespaced_config_map("watched", "default")
    source = watch.Watch()
    seen = []
    for event in source.stream(
        core.list_namespaced_config_map,
        "default",
        resource_version=version,
        field_selector="metadata.name=watched",
        timeout_seconds=DEADLINE_SECONDS,
    ):
        seen.append((event["type"], event["object"].data["a"]))
        if event["type"] == "DELETED":
            source.stop()
    assert seen == [("ADDED", "1"), ("MODIFIED", "2"), ("DELETED", "2")], seen


def runs_a_deployment():
    labels = {"app": "python"}
    container = client.V1Container(name="c", image="busybox")
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels),
        spec=client.V1PodSpec(containers=[container]),
    )
    apps = client.AppsV1Api()
    apps.create_namespaced_deployment(
        "default",
        client.V1Deployment(
            metadata=client.V1ObjectMeta(name="python"),
            spec=client.V1DeploymentSpec(
                replicas=2, selector=client.V1LabelSelector(match_labels=labels), template=template
            ),
        ),
    )
    source = watch.Watch()
    for event in source.stream(
        apps.list_namespaced_deployment,
        "default",
        field_selector="metadata.name=python",
        timeout_seconds=DEADLINE_SECONDS,
    ):
        if event["object"].status.ready_replicas == 2:
            source.stop()
    assert apps.read_namespaced_deployment_scale("python", "default").status.replicas == 2
    apps.delete_namespaced_deployment("python", "default")


def tells_what_is_refused():
    core = client.CoreV1Api()
    status = refusal(lambda: core.read_namespaced_pod("absent", "default"))
    assert (status["code"], status["reason"]) == (404, "NotFound"), status
    assert status["message"] == 'pods "absent" not found', status
    bad = config_map("Not_A_Name")
    status = refusal(lambda: core.create_namespaced_config_map("default", bad))
    assert (status["code"], status["reason"]) == (422, "Invalid"), status
    (cause,) = status["details"]["causes"]
    assert (cause["field"], cause["reason"]) == ("metadata.name", "FieldValueInvalid"), cause


def main():
    config.load_kube_config(kubeconfig)
    globals()[case]()
    print(f"ok {case}")


main()
