"""iMessage by the Photon sidecar."""
