"""DURABLE LOG, partitioned by creator: the only bridge between the TikTok half and the Discord half."""
