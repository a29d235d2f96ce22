/* The nouns of resources. */
WORDS_ROW(KIND_REGION, "kind.region", "region", "区域")
WORDS_ROW(KIND_NODE, "kind.node", "node", "节点")
