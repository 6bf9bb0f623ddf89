/** What the machine calls its interface in the cluster's network, whatever slot its card is in. */
export const PRIMARY_INTERFACE = 'primary';
