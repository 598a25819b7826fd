"""iMessage through the Photon sidecar."""
