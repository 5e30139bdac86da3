"""Runs in a pod and reaches the API server and the Service web by their names."""

import socket
import urllib.request

from kubernetes import client, config

config.load_incluster_config()
configuration = client.Configuration.get_default_copy()
configuration.host = "https://kubernetes.default.svc"
core = client.CoreV1Api(client.ApiClient(configuration))
service = core.read_namespaced_service("web", "default")
for name in ["web", "web.default", "web.default.svc.cluster.local"]:
    found = {entry[4][0] for entry in socket.getaddrinfo(name, 80, socket.AF_INET)}
    assert found == {service.spec.cluster_ip}, (name, found)
name, _, _ = socket.gethostbyaddr(service.spec.cluster_ip)
assert name == "web.default.svc.cluster.local", name
with urllib.request.urlopen("http://web/cgi-bin/who", timeout=10) as response:
    page = response.read().decode()
assert " sees " in page, page
print("ok")
