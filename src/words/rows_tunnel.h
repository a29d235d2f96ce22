/* What happens to a tunnel: IKE with its peer. */
